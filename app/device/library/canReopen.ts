const WITHIN_MS = 300_000;
const MAX_LOSSES = 3;

/**
 * Whether a worker that died is opened again. One that dies repeatedly (a phone without memory) would take the page
 * along.
 * @param lossesMs when workers of the model died before
 */
export function canReopen(lossesMs: readonly number[], nowMs: number): boolean {
  return lossesMs.filter((atMs) => nowMs - atMs < WITHIN_MS).length < MAX_LOSSES;
}
