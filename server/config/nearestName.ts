/** The name that is nearest to one that is not known, by the number of letters to change, add or leave out. */
export function nearestName<Name extends string>(unknown: string, names: readonly Name[]): Name | undefined {
  const wanted = plain(unknown);
  const [first] = names
    .map((name) => ({ name, distance: editDistance(wanted, plain(name)) }))
    .sort((a, b) => a.distance - b.distance);
  return first?.name;
}

/** `maxSessions`, `max-sessions` and `MAX_SESSIONS` are written differently only. */
const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 1; row <= a.length; row++) {
    const here = [row];
    for (let at = 1; at <= b.length; at++) {
      const changed = (above[at - 1] ?? 0) + (a[row - 1] === b[at - 1] ? 0 : 1);
      here.push(Math.min(changed, (above[at] ?? 0) + 1, (here[at - 1] ?? 0) + 1));
    }
    above = here;
  }
  return above[b.length] ?? 0;
}
