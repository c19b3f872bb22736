import type { QuantizationReport } from '../../../protocol/quantization.ts';
import type { Words } from '../../ui/words/en.ts';
import type { Verdict } from './verdict.ts';

/** What a person should think of an int8 version, in a sentence. */
export function int8Verdict({ format, int8 }: Words, { speed, isFaster }: QuantizationReport): Verdict {
  if (!isFaster) return { isGood: false, text: int8.slower };
  return { isGood: true, text: int8.faster(format.number(speed.floatMs / speed.int8Ms, 1)) };
}
