/** Numbers that a value took while pictures ran through a network. */
export interface ChannelStatistics {
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly sum: Float64Array;
  readonly sumOfSquares: Float64Array;
  /** Numbers of each channel. */
  count: number;
}

/** Channels are the second axis of a tensor of four; anything else is one channel. */
export function channelsOf(dims: readonly number[]): { channels: number; area: number; pictures: number } {
  const [pictures = 1, channels = 1, height = 1, width = 1] = dims;
  if (dims.length === 4) return { channels, area: height * width, pictures };
  return { channels: 1, area: dims.reduce((product, side) => product * side, 1), pictures: 1 };
}

export function addToStatistics(
  before: ChannelStatistics | undefined,
  data: Float32Array,
  dims: readonly number[],
): ChannelStatistics {
  const { channels, area, pictures } = channelsOf(dims);
  const to = before ?? {
    min: new Float64Array(channels).fill(Number.POSITIVE_INFINITY),
    max: new Float64Array(channels).fill(Number.NEGATIVE_INFINITY),
    sum: new Float64Array(channels),
    sumOfSquares: new Float64Array(channels),
    count: 0,
  };
  let at = 0;
  for (let picture = 0; picture < pictures; picture++) {
    for (let channel = 0; channel < channels; channel++) {
      let min = to.min[channel] ?? 0;
      let max = to.max[channel] ?? 0;
      let sum = 0;
      let squares = 0;
      for (const end = at + area; at < end; at++) {
        const number = data[at] ?? 0;
        if (number < min) min = number;
        if (number > max) max = number;
        sum += number;
        squares += number * number;
      }
      to.min[channel] = min;
      to.max[channel] = max;
      to.sum[channel] = (to.sum[channel] ?? 0) + sum;
      to.sumOfSquares[channel] = (to.sumOfSquares[channel] ?? 0) + squares;
    }
  }
  to.count += area * pictures;
  return to;
}

const BINS = 2048;

/** How often numbers fall between two limits. */
export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly counts: Float64Array;
}

export const emptyHistogram = (low: number, high: number): Histogram => ({
  low,
  high,
  counts: new Float64Array(BINS),
});

/** @param scales what the numbers of each channel are divided by */
export function addToHistogram(
  { low, high, counts }: Histogram,
  data: Float32Array,
  dims: readonly number[],
  scales?: Float32Array,
): void {
  const { channels, area, pictures } = channelsOf(dims);
  const perBin = BINS / (high - low || 1);
  let at = 0;
  for (let plane = 0; plane < pictures * channels; plane++) {
    const factor = perBin / (scales?.[plane % channels] ?? 1);
    const offset = -low * perBin;
    for (const end = at + area; at < end; at++) {
      const bin = ((data[at] ?? 0) * factor + offset) | 0;
      const to = bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin;
      counts[to] = (counts[to] ?? 0) + 1;
    }
  }
}
