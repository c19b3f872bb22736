/** The value that a `share` (0..1) of all stays at or below, by nearest rank; undefined where there are none. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const ascending = [...values].sort((a, b) => a - b);
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)];
}
