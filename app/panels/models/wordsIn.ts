/** Words as a person types them: one a line, or separated by commas, those of Chinese too. */
export const wordsIn = (text: string): string[] =>
  text
    .split(/[\n,，、]/)
    .map((word) => word.trim())
    .filter((word) => word !== '');
