/** Search pages take little more, and nobody searches for a whole page. */
const MAX_LENGTH = 200;

/** What to search for: the lines in one, as many whole words as a search page takes. */
export function searchQuery(lines: readonly string[]): string {
  const all = lines.join(' ').replaceAll(/\s+/g, ' ').trim();
  const letters = [...all];
  if (letters.length <= MAX_LENGTH) return all;
  const cut = letters.slice(0, MAX_LENGTH + 1).join('');
  const space = cut.lastIndexOf(' ');
  return space > 0 ? cut.slice(0, space) : letters.slice(0, MAX_LENGTH).join('');
}
