import type { ModelProto } from '../onnx/onnxFile.ts';
import { chooseRange, rangeBetween } from './chooseRange.ts';
import { type ChannelScales, equalise } from './equalise.ts';
import type { Network } from './network.ts';
import { lastValues } from './noise.ts';
import { withProducts } from './products.ts';
import { type CalibrationPicture, openValues } from './runValues.ts';
import { isScore, scoreRange } from './scoreValues.ts';
import type { Unit } from './units.ts';
import {
  addToHistogram,
  addToStatistics,
  type ChannelStatistics,
  emptyHistogram,
  type Histogram,
} from './valueStatistics.ts';
import type { Range } from './writeQuantized.ts';

/** What pictures showed of the values in a network. */
export interface Calibration {
  readonly statistics: ReadonlyMap<string, ChannelStatistics>;
  /** Sums of products of each two channels, [channels, channels], of what pointwise convolutions read. */
  readonly products: ReadonlyMap<string, Float64Array>;
  readonly scales: ChannelScales;
  /** Of values as they are scaled. */
  readonly ranges: ReadonlyMap<string, Range>;
}

/**
 * Runs pictures through the float32 network twice: for what each channel reaches, and, equalised by that, for how the numbers
 * are spread.
 * @param onPicture called after each run, of `2 * pictures.length`
 */
export async function calibrate(
  {
    model,
    network,
    units,
    inputName,
  }: { model: ModelProto; network: Network; units: readonly Unit[]; inputName: string },
  pictures: readonly CalibrationPicture[],
  onPicture: (done: number) => void = () => {},
): Promise<Calibration> {
  const values = valuesOf(network, units);
  const { model: extended, names } = withProducts(model, network);
  const run = await openValues(extended, inputName, [...values, ...names.values()]);
  const products = new Map<string, Float64Array>();
  const statistics = new Map<string, ChannelStatistics>();
  const histograms = new Map<string, Histogram>();
  let done = 0;
  try {
    for (const picture of pictures) {
      const found = await run.run(picture);
      for (const name of values) {
        const value = found.get(name);
        if (value) statistics.set(name, addToStatistics(statistics.get(name), value.data, value.dims));
        const sums = found.get(names.get(name) ?? '')?.data;
        if (sums) products.set(name, addTo(products.get(name), sums));
      }
      onPicture(++done);
    }
    const scales = equalise(network, units, statistics);
    for (const [name, seen] of statistics) {
      const [low, high] = limitsOf(seen, scales.get(name));
      histograms.set(name, emptyHistogram(low, high));
    }
    for (const picture of pictures) {
      for (const [name, { data, dims }] of await run.run(picture, values)) {
        const histogram = histograms.get(name);
        if (histogram) addToHistogram(histogram, data, dims, scales.get(name));
      }
      onPicture(++done);
    }
    return { statistics, products, scales, ranges: rangesOf(network, histograms) };
  } finally {
    await run.close();
  }
}

function addTo(sums: Float64Array | undefined, more: Float32Array): Float64Array {
  if (sums === undefined) return Float64Array.from(more);
  for (let at = 0; at < sums.length; at++) sums[at] = (sums[at] ?? 0) + (more[at] ?? 0);
  return sums;
}

function valuesOf({ layers }: Network, units: readonly Unit[]): string[] {
  const named = layers.flatMap(({ input, output }) => [input, output]);
  return [...new Set([...named, ...units.flatMap(({ inputs, output }) => [...inputs, output])])];
}

/** The least and the largest number of all channels, zero among them. */
function limitsOf({ min, max }: ChannelStatistics, scales: Float32Array | undefined): [number, number] {
  let low = 0;
  let high = 0;
  for (let channel = 0; channel < min.length; channel++) {
    low = Math.min(low, (min[channel] ?? 0) / (scales?.[channel] ?? 1));
    high = Math.max(high, (max[channel] ?? 0) / (scales?.[channel] ?? 1));
  }
  return [low, high];
}

function rangesOf(network: Network, histograms: ReadonlyMap<string, Histogram>): Map<string, Range> {
  const ranges = new Map([...histograms].map(([name, histogram]) => [name, chooseRange(histogram)]));
  for (const name of lastValues(network)) {
    if (ranges.has(name) && isScore(name, network)) {
      ranges.set(name, scoreRange());
      continue;
    }
    // The rare large ones are what a network says; of what it has not seen yet they are larger.
    const { low, high } = histograms.get(name) ?? { low: 0, high: 0 };
    const more = (high - low) * LAST_HEADROOM;
    if (ranges.has(name)) ranges.set(name, rangeBetween(low - more, high + more));
  }
  for (const { output, bounds } of network.layers) {
    const range = ranges.get(output);
    if (range === undefined || bounds.low !== 0) continue;
    // It is the Relu or Clip as well: nothing below zero, nothing above the bound.
    const most = (255 - range.zeroPoint) * range.scale;
    ranges.set(output, rangeBetween(0, Math.min(bounds.high, most)));
  }
  return ranges;
}

/** Of the span of the last values, at either end. */
const LAST_HEADROOM = 0.25;
