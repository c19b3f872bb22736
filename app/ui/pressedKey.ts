import type { KeyboardEvent as ReactKeyboardEvent } from 'react';

/**
 * The key that was pressed; undefined where it was for an input method, whose Escape takes back what is being typed, and whose Enter
 * chooses what was meant. Whoever listens for keys asks here: nothing is to be closed or sent by such a key.
 */
export function pressedKey({
  key,
  isComposing,
  keyCode,
}: Pick<KeyboardEvent, 'key' | 'isComposing' | 'keyCode'>): string | undefined {
  // Safari ends composing before it tells of the key that ended it, and has this number for it.
  return isComposing || keyCode === 229 ? undefined : key;
}

/** Of each form with a text field, as its `onKeyDown`: not every browser keeps the Enter of an input method from sending the form. */
export function keepTypedEnter(
  event: Pick<ReactKeyboardEvent, 'key' | 'nativeEvent' | 'preventDefault'>,
): void {
  if (event.key === 'Enter' && pressedKey(event.nativeEvent) === undefined) event.preventDefault();
}
