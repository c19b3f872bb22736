import type { Histogram } from './valueStatistics.ts';
import type { Range } from './writeQuantized.ts';

const STEPS = 255;
/** Shares of the whole range that are tried, at either end. */
const SHARES = Array.from({ length: 26 }, (_, step) => 1 - step * 0.03);

/** uint8 that stands for `low` to `high`; zero is always one of its numbers, since padding is zero. */
export function rangeBetween(low: number, high: number): Range {
  const from = Math.min(0, low);
  const to = Math.max(0, high);
  // float32, as the graph has it: onnxruntime computes with that.
  const scale = Math.fround(to - from > 0 ? (to - from) / STEPS : 1);
  return { scale, zeroPoint: Math.max(0, Math.min(STEPS, Math.round(-from / scale))) };
}

/**
 * The range with the least mean square of what rounding and cutting off change, which is narrower than the whole where a few
 * numbers lie far out.
 */
export function chooseRange(histogram: Histogram): Range {
  const { low, high } = histogram;
  let best = { range: rangeBetween(low, high), error: Number.POSITIVE_INFINITY };
  const tried = new Set<string>();
  for (const share of SHARES) {
    for (const [from, to] of [
      [low * share, high * share],
      [low, high * share],
      [low * share, high],
    ] as const) {
      const range = rangeBetween(from, to);
      const key = `${range.scale} ${range.zeroPoint}`;
      if (tried.has(key)) continue;
      tried.add(key);
      const error = errorOf(range, histogram);
      if (error < best.error) best = { range, error };
    }
  }
  return best.range;
}

function errorOf({ scale, zeroPoint }: Range, { low, high, counts }: Histogram): number {
  const width = (high - low) / counts.length;
  const from = -zeroPoint * scale;
  const to = (STEPS - zeroPoint) * scale;
  // Of numbers spread evenly over a step, as wide as a bin at least.
  const within = scale ** 2 / 12;
  let error = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    const count = counts[bin] ?? 0;
    if (count === 0) continue;
    const number = low + (bin + 0.5) * width;
    const beyond = number < from ? from - number : number > to ? number - to : 0;
    // Zero, which Relu makes of half of all numbers, is exact.
    const isZero = low <= 0 && Math.abs(number) <= width;
    error += count * (beyond > 0 ? beyond ** 2 : isZero ? 0 : within);
  }
  return error;
}
