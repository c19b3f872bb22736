/** The size of a relayed picture: the shape of the camera's, `maxSidePx` at its longest side at most, never enlarged. */
export function relayedSize(
  { width, height }: { width: number; height: number },
  maxSidePx: number,
): { width: number; height: number } {
  const scale = Math.min(1, maxSidePx / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
