import { ImportError } from '../importError.ts';
import type { Arrangement } from '../onnx/sourceSession.ts';
import { SIZE_ADVICE } from '../sizeAdvice.ts';
import type { Decisions } from './decisions.ts';

/** What to do where the layout of the input is unknown. */
const LAYOUT_ADVICE =
  'Give it with --layout NCHW (channels first) or NHWC (channels last), or Layout on the page.';

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
  const parts = [cause.message];
  if (!isSizeKnown) {
    parts.push(
      `The graph leaves the size of its pictures open, and ${width}x${height} is a guess. ${SIZE_ADVICE}`,
    );
  }
  if (!isLayoutKnown) parts.push(`The layout of its input cannot be determined. ${LAYOUT_ADVICE}`);
  return new ImportError('needs_options', parts.join(' '), { cause });
}
