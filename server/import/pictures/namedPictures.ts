/**
 * The labels that a picture is named after, as lines of the labels file: `tabby cat` of `tabby-cat_07`, or of `cat-2`
 * where no label is called cat alone. Names of one class may be several, with commas between them, as ImageNet's are.
 */
export function namedLabels(picture: string, labels: readonly string[]): number[] {
  const name = wordsOf(picture.replace(/\.\w+$/, ''));
  if (name === '') return [];
  const found = labels.map((label) => label.split(',').map(wordsOf));
  const longest = (fits: (words: string) => boolean) => {
    const lengths = found.map((names) =>
      Math.max(0, ...names.filter((words) => words !== '' && fits(words)).map(({ length }) => length)),
    );
    const most = lengths.reduce((a, b) => Math.max(a, b), 0);
    return most === 0 ? [] : lengths.flatMap((length, line) => (length === most ? [line] : []));
  };
  const isWithin = (part: string, whole: string) => ` ${whole} `.includes(` ${part} `);
  const exact = longest((words) => isWithin(words, name));
  if (exact.length > 0) return exact;
  return found.flatMap((names, line) => (names.some((words) => isWithin(name, words)) ? [line] : []));
}

/** Letters alone, so that numbers count pictures; a label of numbers has its name as it stands. */
const wordsOf = (text: string): string => {
  const lower = text.toLowerCase();
  return (lower.match(/\p{L}[\p{L}\p{M}]*/gu) ?? lower.match(/\d+/g) ?? []).join(' ');
};
