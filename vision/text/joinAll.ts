/** Joins items that belong together, and what they become with the others, until none do. */
export function joinAll<T>(
  items: readonly T[],
  belong: (a: T, b: T) => boolean,
  join: (a: T, b: T) => T,
): T[] {
  const all: T[] = [];
  for (const item of items) {
    let one = item;
    let at = all.findIndex((other) => belong(other, one));
    while (at >= 0) {
      for (const other of all.splice(at, 1)) one = join(other, one);
      at = all.findIndex((other) => belong(other, one));
    }
    all.push(one);
  }
  return all;
}
