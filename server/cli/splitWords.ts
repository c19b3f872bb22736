/** "a cat, a mug" are two; of several arguments each may be a list. */
export const splitWords = (given: readonly string[]): string[] => given.flatMap((text) => text.split(','));
