import type { ConvLayer, Network } from './network.ts';
import type { Unit } from './units.ts';
import type { ChannelStatistics } from './valueStatistics.ts';

/** What each channel of a value is divided by, so that all of them use the whole range of uint8. */
export type ChannelScales = ReadonlyMap<string, Float32Array>;

/** Other pictures go beyond those of the calibration, and what is cut off is worse than a coarser step. */
const HEADROOM = 2;
/** A channel that is nearly always zero is not blown up beyond that. */
const MIN_SCALE = 1 / 64;

/**
 * Equalises channels across layers: what one convolution gives less of, the next one takes more of, and the answer stays the
 * same. One scale for a whole tensor then loses little; networks with depthwise convolutions are of little use without it.
 *
 * Weights of a depthwise convolution have a scale for each channel, so its input can be equalised wholly. Other convolutions mix channels,
 * so that weights of small channels would become large ones: half the way, in the logarithm, is the compromise.
 *
 * What is added up along the network is no exception, though it is rounded most often: equalised wholly, the weights that read it
 * were most of the noise at 7 bits.
 *
 * A Relu6 stays exact: channels that reach its bound are the largest ones and are divided by 1, and the
 * largest number that uint8 stands for is the bound. Channels that stay below it never needed it.
 *
 * After Nagel et al. 2019 (https://arxiv.org/abs/1906.04721) and Xiao et al. 2022 (https://arxiv.org/abs/2211.10438).
 */
export function equalise(
  network: Network,
  units: readonly Unit[],
  statistics: ReadonlyMap<string, ChannelStatistics>,
): ChannelScales {
  const scales = new Map<string, Float32Array>();
  const makers = new Map(network.layers.map((layer) => [layer.output, layer]));
  for (const values of valueGroups(network, units)) {
    const layers = values.flatMap((value) => makers.get(value) ?? []);
    // Of values in a sum the largest channel is not the same everywhere, so a bound would not be where uint8 ends.
    if (values.length > 1 && layers.some(({ bounds }) => bounds.high < Number.POSITIVE_INFINITY)) continue;
    const readers = values.flatMap((value) => readersOf(value, network));
    const isFree = readers.every(({ isDepthwise }) => isDepthwise);
    const power = isFree ? 1 : 0.5;
    const reach = reachOf(values, makers, statistics);
    const largest = Math.max(0, ...reach);
    if (largest === 0) continue;
    const found = Float32Array.from(reach, (one) =>
      one === 0 ? 1 : Math.max(MIN_SCALE, (one / largest) ** power),
    );
    for (const value of values) scales.set(value, found);
  }
  return scales;
}

/** How far each channel goes from zero, in any of the values. */
function reachOf(
  values: readonly string[],
  makers: ReadonlyMap<string, ConvLayer>,
  statistics: ReadonlyMap<string, ChannelStatistics>,
): number[] {
  const reach: number[] = [];
  for (const value of values) {
    const high = makers.get(value)?.bounds.high ?? Number.POSITIVE_INFINITY;
    const { min = [], max = [] } = statistics.get(value) ?? {};
    for (const [channel, most] of max.entries()) {
      const far = Math.max(Math.abs(most), Math.abs(min[channel] ?? 0));
      reach[channel] = Math.max(reach[channel] ?? 0, Math.min(far * HEADROOM, high));
    }
  }
  return reach;
}

/**
 * Values whose channels can be divided: convolutions make them and read them. Those that are added share their scales, so that
 * they are in one group with their sum.
 */
function valueGroups(network: Network, units: readonly Unit[]): string[][] {
  const sums = new Map(
    units
      .filter(({ node, inputs }) => node.opType === 'Add' && inputs.every((name) => network.makers.has(name)))
      .map((unit) => [unit.node, unit]),
  );
  const groupOf = new Map<string, Set<string>>();
  const open = (value: string) => groupOf.get(value) ?? new Set([value]);
  for (const { output } of network.layers) groupOf.set(output, open(output));
  for (const { inputs, output } of sums.values()) {
    const joined = new Set([...inputs, output].flatMap((value) => [...open(value)]));
    for (const value of joined) groupOf.set(value, joined);
  }
  const made = new Set([...network.layers, ...sums.values()].map(({ output }) => output));
  const canDivide = (value: string) =>
    made.has(value) &&
    !network.kept.has(value) &&
    (network.readers.get(value) ?? []).every((node) => {
      const layer = network.layerOf.get(node);
      return layer ? layer.input === value : sums.has(node);
    });
  const groups = [...new Set(groupOf.values())].map((group) => [...group]);
  return groups.filter(
    (group) => group.every(canDivide) && group.some((value) => readersOf(value, network).length > 0),
  );
}

/** The convolutions that read a value. */
const readersOf = (value: string, { readers, layerOf }: Network): ConvLayer[] =>
  (readers.get(value) ?? []).flatMap((node) => layerOf.get(node) ?? []);

/** A layer's weights where channels of its input and output are divided by these. */
export function rescale(
  { weights, bias, dims, groups, input, output }: ConvLayer,
  scales: ChannelScales,
): Pick<ConvLayer, 'weights' | 'bias'> {
  const [outputs, inputs, height, width] = dims;
  const area = height * width;
  const before = scales.get(input);
  const after = scales.get(output);
  if (!before && !after) return { weights, bias };
  const scaled = new Float32Array(weights.length);
  for (let to = 0; to < outputs; to++) {
    const group = Math.floor((to * groups) / outputs);
    const divisor = after?.[to] ?? 1;
    for (let from = 0; from < inputs; from++) {
      const factor = (before?.[group * inputs + from] ?? 1) / divisor;
      const start = (to * inputs + from) * area;
      for (let at = start; at < start + area; at++) scaled[at] = (weights[at] ?? 0) * factor;
    }
  }
  return { weights: scaled, bias: bias.map((value, channel) => value / (after?.[channel] ?? 1)) };
}
