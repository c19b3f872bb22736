/**
 * Maximum age of labels on the screen, ms from the capture of their frame. Older ones must not be drawn, and those that
 * are drawn must be gone by then (rule S6 of protocol/SPEC.md).
 *
 * It is `maxAgeMs` of the server's `welcome`. Where the typical latency is more than half of that (a satellite link, a slow
 * model), labels would flicker or never show: there it is the least multiple of `maxAgeMs` that holds twice the typical
 * latency.
 *
 * @param typicalLatencyMs from sending a frame to its labels; undefined: not known yet
 */
export function maxLabelAgeMs(maxAgeMs: number, typicalLatencyMs: number | undefined): number {
  if (typicalLatencyMs === undefined) return maxAgeMs;
  return maxAgeMs * Math.max(1, Math.ceil((2 * typicalLatencyMs) / maxAgeMs));
}
