/**
 * The smallest value that at least `share` (0..1) of all values do not exceed (nearest rank: of an even number the median is the
 * lower of the two in the middle); undefined without values. All medians and percentiles that a message, the page, the command
 * line and `bench/` state are this one, so that they can be compared.
 */
export function quantile(values: readonly number[], share: number): number | undefined {
  const ascending = [...values].sort((a, b) => a - b);
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)];
}
