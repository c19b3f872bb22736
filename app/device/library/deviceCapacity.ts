/** GB (`navigator.deviceMemory`); such a device keeps nothing in memory that is not in use. */
const LOW_MEMORY_GB = 2;

/** Whether this device has little memory, as far as the browser reports it. */
export const isLowOnMemory = () =>
  typeof navigator !== 'undefined' &&
  ((navigator as { deviceMemory?: number }).deviceMemory ?? Number.POSITIVE_INFINITY) <= LOW_MEMORY_GB;

/** How much more the browser lends this page, bytes, where it reports it. */
export async function availableBytes(): Promise<number | undefined> {
  if (typeof navigator === 'undefined') return undefined;
  const { quota, usage } = (await navigator.storage?.estimate?.().catch(() => undefined)) ?? {};
  return quota === undefined ? undefined : Math.max(0, quota - (usage ?? 0));
}

/** Asks the browser not to clear what is kept here; some ask the person. Where it is refused, it is kept as long as there is room. */
export async function askToPersist(): Promise<void> {
  if (typeof navigator !== 'undefined') await navigator.storage?.persist?.().catch(() => {});
}
