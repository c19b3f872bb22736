import type { Calibration } from './calibrate.ts';
import { type ChannelScales, rescale } from './equalise.ts';
import type { ConvLayer, Network } from './network.ts';
import { isPointwise } from './products.ts';
import { type InputMoments, roundWeights } from './roundWeights.ts';
import { type Unit, unitsBetween } from './units.ts';
import type { QuantizedPlan, QuantizedWeights, Range } from './writeQuantized.ts';

/**
 * The bias takes what rounding changes on average, so the mean need not count. But things are rare in pictures, and the mean where one is
 * is another; measured on COCO-SSD, 0 and 1 are worse.
 */
const MEAN_SHARE = 0.3;

/** Numbers of each channel, for each channel, that products are made of. Measured on COCO-SSD: 0.9 are enough. */
const LEAST_SEEN = 0.5;

/** Makes plans of one calibrated network; weights that were rounded once are used again. */
export class Planner {
  readonly #network: Network;
  readonly #units: readonly Unit[];
  readonly #calibration: Calibration;
  readonly #bits: 7 | 8;
  readonly #rounded = new Map<string, QuantizedWeights>();

  constructor(network: Network, units: readonly Unit[], calibration: Calibration, bits: 7 | 8) {
    this.#network = network;
    this.#units = units;
    this.#calibration = calibration;
    this.#bits = bits;
  }

  /** The plan in which these layers are quantised, and what lies between them. */
  plan(layers: ReadonlySet<ConvLayer>): QuantizedPlan {
    const units = unitsBetween(this.#units, layers);
    const ranges = this.#rangesOf(layers, units);
    const scales = this.#scalesOf(ranges);
    const rounded = new Map<ConvLayer, QuantizedWeights>();
    const rescaled = new Map<ConvLayer, Pick<ConvLayer, 'weights' | 'bias'>>();
    for (const layer of this.#network.layers) {
      const float = rescale(layer, scales);
      if (!layers.has(layer)) {
        rescaled.set(layer, float);
        continue;
      }
      const key = `${layer.output} ${scales.has(layer.input)} ${scales.has(layer.output)}`;
      const known = this.#rounded.get(key);
      const weights =
        known ??
        roundWeights(layer, float, this.#momentsOf(layer, scales.get(layer.input), ranges), this.#bits);
      this.#rounded.set(key, weights);
      rounded.set(layer, weights);
    }
    return { layers: rounded, units: new Map(units.map((unit) => [unit.node, unit])), ranges, rescaled };
  }

  /** Values that are added up share their scales: where one of them is rounded, all are divided. */
  #scalesOf(ranges: ReadonlyMap<string, Range>): ChannelScales {
    const { scales } = this.#calibration;
    const used = new Set([...ranges.keys()].map((value) => scales.get(value)));
    return new Map([...scales].filter(([, channels]) => used.has(channels)));
  }

  #rangesOf(layers: ReadonlySet<ConvLayer>, units: readonly Unit[]): Map<string, Range> {
    const ranges = new Map<string, Range>();
    const add = (value: string) => {
      const range = this.#calibration.ranges.get(value);
      if (range) ranges.set(value, range);
    };
    for (const { input, output } of layers) {
      add(input);
      add(output);
    }
    for (const { inputs, output, isPassing } of units) {
      for (const name of inputs) add(name);
      const passed = isPassing ? ranges.get(inputs[0] ?? '') : undefined;
      if (passed) ranges.set(output, passed);
      else add(output);
    }
    return ranges;
  }

  #momentsOf(
    layer: ConvLayer,
    scales: Float32Array | undefined,
    ranges: ReadonlyMap<string, Range>,
  ): InputMoments | undefined {
    const { input } = layer;
    const seen = this.#calibration.statistics.get(input);
    if (seen === undefined || seen.count === 0) return undefined;
    const mean = seen.sum.map((sum) => sum / seen.count);
    const variance = seen.sumOfSquares.map(
      (squares, channel) => squares / seen.count - (mean[channel] ?? 0) ** 2,
    );
    const scale = (channel: number) => scales?.[channel] ?? 1;
    // Of fewer numbers, most ways in which inputs could go together were never seen.
    const hasSeenEnough = isPointwise(layer) && seen.count >= mean.length * LEAST_SEEN;
    const products = hasSeenEnough ? this.#calibration.products.get(input) : undefined;
    // Of numbers that are spread evenly over a step.
    const noise = (ranges.get(input)?.scale ?? 0) ** 2 / 12;
    return {
      mean: mean.map((value, channel) => value / scale(channel)),
      variance: variance.map((value, channel) => Math.max(0, value) / scale(channel) ** 2),
      ...(products && {
        together: products.map((sum, at) => {
          const [one, other] = [Math.floor(at / mean.length), at % mean.length];
          const ofMeans = (mean[one] ?? 0) * (mean[other] ?? 0);
          const product = sum / seen.count - (1 - MEAN_SHARE) * ofMeans;
          return product / (scale(one) * scale(other)) + (one === other ? noise : 0);
        }),
      }),
    };
  }
}
