const TICK_MS = 12;

/** Whether this device can tick: browsers of desktops have the function, but no motor. */
export const canVibrate = (): boolean =>
  typeof navigator.vibrate === 'function' && window.matchMedia('(pointer: coarse)').matches;

/** A tick that is felt. Browsers allow it only once a person has touched the page, and complain before. */
export function vibrate(): void {
  if (navigator.userActivation?.hasBeenActive ?? true) navigator.vibrate(TICK_MS);
}
