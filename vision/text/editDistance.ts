/** The least number of characters to insert, delete or replace to make one text the other (Levenshtein). */
export function editDistance(a: string, b: string): number {
  const [from, to] = [[...a], [...b]];
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  from.forEach((character, i) => {
    const next = [i + 1];
    to.forEach((other, j) => {
      const replaced = (row[j] ?? 0) + (character === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    });
    row = next;
  });
  return row.at(-1) ?? 0;
}
