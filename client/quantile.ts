/** The least value that at least `share` (0..1) of all values do not exceed (nearest rank); undefined without values. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const ascending = [...values].sort((a, b) => a - b);
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)];
}
