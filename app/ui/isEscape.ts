/** Whether a key leaves what is open: the Escape of an input method takes back what is being typed, and no more. */
export const isEscape = ({ key, isComposing }: Pick<KeyboardEvent, 'key' | 'isComposing'>): boolean =>
  key === 'Escape' && !isComposing;
