/** The middle one of some values, the upper of two; 0 of none. (`quantile` of client/ takes the lower of two.) */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
