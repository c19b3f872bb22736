import type { Resample } from '../../../protocol/steps.ts';
import { isExact, keptOf, type Rect } from '../../../vision/pixels.ts';
import { follow, type Move, type Size, type Step } from '../../../vision/steps.ts';

// Measured on the machine of DecodeCost, and rounded up. Milliseconds.
/** One pixel of the picture before, mixed into one after. */
const MIX_MS = 6e-6;
/** The weight of one pixel before in one column or row after. */
const WEIGHT_MS = 15e-6;
/** A pixel that sharp shrinks. */
const SHRINK_MS = 5e-6;
/** A pixel that is copied, or a colour that is set. */
const COPY_MS = 2e-6;

/** How many pixels an enlarged one is made of, at most. */
const TAPS: Readonly<Record<Exclude<Resample, 'nearest'>, number>> = {
  bilinear: 3,
  antialiased: 3,
  bicubic: 5,
  lanczos: 7,
};

/**
 * How much work the steps of an input are for a picture, in addition to decoding it: processor time, ms, at most, on the machine of
 * DecodeCost. Whether a camera's orientation tag turns the picture is not known: the costlier way counts.
 */
export function stepsCost(steps: readonly Step[], { width, height }: Size): number {
  if (width === 0 || height === 0) return 0;
  return Math.max(
    costOf(follow(steps, { width, height }).moves),
    costOf(follow(steps, { width: height, height: width }).moves),
  );
}

function costOf(moves: readonly Move[]): number {
  let ms = 0;
  for (const [at, move] of moves.entries()) {
    if (move.op === 'resize') ms += resizeCost(move, keptOf(moves, at, move));
    else ms += COPY_MS * areaOf(move);
  }
  return ms;
}

/** See `resize` of decode.ts. */
function resizeCost({ from, to, resample }: Extract<Move, { op: 'resize' }>, kept: Rect): number {
  if (resample === 'nearest') {
    return MIX_MS * areaOf(kept) + COPY_MS * (kept.left + kept.width + kept.top + kept.height);
  }
  const exact = isExact(from, resample);
  const before = exact
    ? from
    : { width: Math.min(from.width, to.width), height: Math.min(from.height, to.height) };
  const columnTaps = tapsOf(before.width, to.width, resample);
  const rowTaps = tapsOf(before.height, to.height, resample);
  const rows = Math.min(before.height, Math.ceil((kept.height * before.height) / to.height) + rowTaps);
  return (
    (exact ? 0 : SHRINK_MS * areaOf(from)) +
    MIX_MS * (kept.width * rows * columnTaps + kept.width * kept.height * rowTaps) +
    WEIGHT_MS * (kept.width * columnTaps + kept.height * rowTaps)
  );
}

const areaOf = ({ width, height }: Size) => width * height;

function tapsOf(from: number, to: number, resample: Exclude<Resample, 'nearest'>): number {
  if (from === to) return 0;
  return Math.min(from, Math.ceil(TAPS[resample] * Math.max(1, from / to)));
}
