/** Whether a press is of the first finger, or the mouse's main button, on the picture: on a name, that is pressed instead. */
export function isPressOnPicture({ isPrimary, button, target }: PointerEvent): boolean {
  const isOnName = target instanceof Element && target.closest('button') !== null;
  return isPrimary && button === 0 && !isOnName;
}
