import { aboutGraph } from '../../../protocol/sentences/graphs.ts';
import { ImportError } from '../importError.ts';
import type { Arrangement } from '../onnx/sourceSession.ts';
import { SIZE_ADVICE } from '../sizeAdvice.ts';
import type { Decisions } from './decisions.ts';

/** A failure on a picture whose size or layout was a guess says what to give. */
export function adviseOpenSides(
  cause: unknown,
  { image, width, height }: Arrangement,
  isLayoutKnown: boolean,
  decisions: Decisions,
): unknown {
  if (!(cause instanceof ImportError)) return cause;
  const isSizeKnown = (['width', 'height'] as const).every(
    (field) => image[field] !== undefined || decisions.known(field) !== undefined,
  );
  if (isSizeKnown && isLayoutKnown) return cause;
  let text = cause.text;
  if (!isSizeKnown) {
    text = aboutGraph('size_is_guess', { cause: text, width, height, advice: SIZE_ADVICE });
  }
  if (!isLayoutKnown) text = aboutGraph('layout_is_guess', { cause: text });
  return new ImportError('needs_options', text, { cause });
}
