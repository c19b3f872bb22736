import type { NodeProto } from '../onnx/onnxFile.ts';
import { rangeBetween } from './chooseRange.ts';
import type { Network } from './network.ts';
import type { Range } from './writeQuantized.ts';

/** Ops that only move numbers, or take the largest ones. */
const MOVING: ReadonlySet<string> = new Set([
  'Concat',
  'Flatten',
  'Gather',
  'GatherElements',
  'GatherND',
  'Identity',
  'ReduceMax',
  'Reshape',
  'Slice',
  'Split',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);

/** Whether all that becomes of a value is a sigmoid of it, a score of 0..1, and which number is the largest. */
export function isScore(value: string, network: Network): boolean {
  let hasSigmoid = false;
  // Once each: where values part and join again, the number of ways through them doubles each time.
  const seen = new Set<string>();
  const reads = (name: string): boolean => {
    if (seen.has(name)) return true;
    seen.add(name);
    const readers = network.readers.get(name) ?? [];
    return !network.kept.has(name) && readers.every((node) => leads(node, name));
  };
  const leads = ({ opType, input, output }: NodeProto, name: string): boolean => {
    if (opType === 'Sigmoid') hasSigmoid = true;
    if (opType === 'Sigmoid' || opType === 'ArgMax') return true;
    // Not what is looked up with it.
    const isMoved = MOVING.has(opType ?? '') && (opType === 'Concat' || input?.[0] === name);
    return isMoved && (output ?? []).every(reads);
  };
  return reads(value) && hasSigmoid;
}

/**
 * The range of numbers that a sigmoid makes scores of. Rounding changes a score by a quarter of half a step at most, where the sigmoid is steepest;
 * cutting off at `bound` changes it by sigmoid(-bound) at most. Where both are the same, scores are as exact as uint8 allows,
 * whatever numbers the pictures happened to show.
 */
export function scoreRange(): Range {
  let [low, high] = [0, 20];
  for (let step = 0; step < 40; step++) {
    const bound = (low + high) / 2;
    const rounding = bound / 255 / 4;
    const cutting = 1 / (1 + Math.exp(bound));
    if (cutting > rounding) low = bound;
    else high = bound;
  }
  return rangeBetween(-low, low);
}
