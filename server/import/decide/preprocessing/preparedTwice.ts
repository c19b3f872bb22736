import type { Sentence } from '../../../../protocol/sentence.ts';
import { warn } from '../../../../protocol/sentences/warnings.ts';
import type { Inspection } from '../../onnx/inspect.ts';
import type { Preparation } from '../../onnx/preparation.ts';

/** A graph that is made for 0..255 is given values of a range below this only by mistake. */
const SMALL_RANGE = 20;

/**
 * A graph that scales 0..255 itself, with a file next to it that scales them before: exporters that put the preparation into
 * the graph leave the file as it was.
 * @returns the warning for the person who imports, if any
 */
export function preparedTwice(takes: Inspection['takes'], { scale, std }: Preparation): Sentence[] {
  const range = Math.max(...std.map((by) => Math.abs((255 * scale) / by)));
  if (takes?.range !== '0..255' || range > SMALL_RANGE) return [];
  return [warn('prepared_twice', { why: takes.why })];
}
