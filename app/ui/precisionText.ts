import type { PrecisionReport } from '../../protocol/precision.ts';
import type { Words } from './words/en.ts';

/** Which of both versions of a quantised model serves on the server, and why, in a sentence or two. */
export function precisionText({ format, precision }: Words, report: PrecisionReport): string {
  const { state, serves, int8Ms = 0, floatMs = 0, workers } = report;
  switch (state) {
    case 'faster':
    case 'slower':
      return precision[state](format.ms(int8Ms), format.ms(floatMs));
    case 'alone':
      return precision.alone;
    case 'fleet':
      return precision.fleet(workers?.int8 ?? 0, workers?.float32 ?? 0);
    default:
      return precision[state](serves);
  }
}
