import type { Label } from '../../protocol/messages.ts';
import { centreDistance, centreOfQuad, type Point, sidesOfQuad } from '../quad.ts';
import { codeLabel } from './codeLabel.ts';
import type { CodeReader, FoundCode } from './codeReader.ts';
import type { GreyPicture } from './greyPicture.ts';
import { addNew, addOnLength, isNew, isSameContent } from './sameCode.ts';
import { CHEAP_TRIES, DENSE_TRIES, readView, type Try, withTrueQuad } from './tries.ts';
import { TryTurns } from './tryTurns.ts';
import { type View, viewAround } from './view.ts';

/** Time for each frame, ms: together below 12 on average, in noise as well. */
const CHEAP = { msPerFrame: 5.5, maxCreditMs: 33 };
const DENSE = { msPerFrame: 4.5, maxCreditMs: 60 };
/** Frames that come more seldom than this, ms, bring more: the share of a processor stays the same. */
const USUAL_FRAME_MS = 66;
const MAX_SHARE = 6;
/** A code that is not seen again for this long is gone, ms. */
const HOLD_MS = 700;
/** How much more than the code itself is read to find it again: it moves, and has a quiet zone. */
const MARGIN = 0.35;
/** Beyond these sizes a code is read with fewer pixels. */
const MAX_REGION_PX = 560;
const MAX_BAR_PX = 1400;
/** Readers count pixels: where bars are two of them wide, half pixels tell widths apart. */
const FINE_STEP = 0.5;
/** Lines across bars that were read before. */
const REGION_LINES = 24;
/** A code whose pixels are this few is enlarged. */
const SMALL_PX = 140;

interface KnownCode {
  readonly id: number;
  readonly code: FoundCode;
  readonly seenAtMs: number;
}

export interface LiveCodesOptions {
  read: CodeReader;
  /** A monotonic clock, ms: what tries take is measured. */
  clock(): number;
}

/**
 * Codes in the pictures of a video. What was seen before is read again where it was, at full resolution; whole pictures
 * are searched in turns, one or a few ways a frame, so that a frame takes little time and everything is found within a
 * second. Codes keep their ids.
 */
export class LiveCodes {
  readonly #options: LiveCodesOptions;
  readonly #cheap = new TryTurns(CHEAP_TRIES, CHEAP);
  readonly #dense = new TryTurns(DENSE_TRIES, DENSE);
  #known: readonly KnownCode[] = [];
  #lastId = 0;
  #lastAtMs = Number.POSITIVE_INFINITY;

  constructor(options: LiveCodesOptions) {
    this.#options = options;
  }

  /** @param atMs when the picture was taken; later than that of the call before */
  look(picture: GreyPicture, atMs: number): Label[] {
    const { read, clock } = this.#options;
    const share = Math.min(MAX_SHARE, Math.max(1, (atMs - this.#lastAtMs) / USUAL_FRAME_MS));
    this.#lastAtMs = atMs;
    this.#cheap.beginFrame(share);
    this.#dense.beginFrame(share);
    const found: FoundCode[] = [];
    const startedMs = clock();
    for (const { code } of this.#known) addNew(found, readAgain(picture, code, read));
    this.#cheap.spend(clock() - startedMs);
    for (let i = 0; i < CHEAP_TRIES.length; i++) {
      if (!this.#run(this.#cheap, picture, found)) break;
    }
    this.#run(this.#dense, picture, found);
    this.#known = this.#follow(found, atMs);
    return this.#known.map(({ id, code }) => codeLabel(code, id, picture));
  }

  /** Whether there was time for a try. */
  #run(turns: TryTurns, picture: GreyPicture, found: FoundCode[]): boolean {
    const { read, clock } = this.#options;
    const next: Try | undefined = turns.take();
    if (next === undefined) return false;
    const startedMs = clock();
    // The corners of bars are worth their time only where they are new.
    const codes = next.run(picture, read).filter((code) => isNew(found, code));
    addNew(
      found,
      codes.map((code) => withTrueQuad(picture, code)),
    );
    turns.took(next, clock() - startedMs);
    return true;
  }

  #follow(found: readonly FoundCode[], atMs: number): KnownCode[] {
    const left = [...this.#known];
    const now: KnownCode[] = [];
    for (const code of found) {
      const [nearest] = left
        .filter((known) => isSameContent(known.code, code))
        .sort((a, b) => centreDistance(a.code.quad, code.quad) - centreDistance(b.code.quad, code.quad));
      if (nearest) left.splice(left.indexOf(nearest), 1);
      // What stands beside a code is missed more often than the code.
      const fullest = nearest && addOnLength(nearest.code) > addOnLength(code) ? nearest.code : code;
      const { addOn } = fullest;
      now.push({ id: nearest?.id ?? this.#newId(), code: { ...code, addOn }, seenAtMs: atMs });
    }
    const held = left.filter(({ seenAtMs }) => atMs - seenAtMs <= HOLD_MS);
    return [...now, ...held].sort((a, b) => a.id - b.id);
  }

  #newId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }
}

/** Reads a code where it was before, turned upright; where that fails, with fewer pixels. */
function readAgain(picture: GreyPicture, code: FoundCode, read: CodeReader): FoundCode[] {
  const { format, isLinear, isInverted } = code;
  const effort = { kind: [format], harder: true, invert: isInverted && !isLinear };
  for (const zoom of isLinear ? [1] : [1, 2]) {
    const found = readView(picture, regionOf(code, zoom), read, effort, isInverted && isLinear);
    const again = found.filter((other) => isSameContent(other, code));
    if (again.length > 0) return again.map((other) => withTrueQuad(picture, other));
  }
  return [];
}

function regionOf({ quad, isLinear }: FoundCode, zoom: number): View {
  const [a, b, c, d] = quad;
  const { along: width, across: height } = sidesOfQuad(quad);
  const xStep = isLinear
    ? Math.max(FINE_STEP, (width * (1 + 2 * MARGIN)) / MAX_BAR_PX)
    : stepFor(Math.max(width, height)) * zoom;
  const yStep = isLinear ? Math.max(1, height / REGION_LINES) : xStep;
  const right = unit([b[0] - a[0] + c[0] - d[0], b[1] - a[1] + c[1] - d[1]]);
  const down = unit([d[0] - a[0] + c[0] - b[0], d[1] - a[1] + c[1] - b[1]]);
  const margin = MARGIN * Math.max(Math.min(width, height), Math.max(width, height) / 4) + 8;
  return viewAround(centreOfQuad(quad), {
    xAxis: [right[0] * xStep, right[1] * xStep],
    yAxis: [down[0] * yStep, down[1] * yStep],
    width: Math.ceil((width + 2 * margin) / xStep),
    height: Math.ceil((height + 2 * margin) / yStep),
  });
}

/** Pixels of the picture for each pixel of the region. */
function stepFor(sizePx: number): number {
  if (sizePx < SMALL_PX) return 0.5;
  return Math.max(1, (sizePx * (1 + 2 * MARGIN)) / MAX_REGION_PX);
}

function unit([x, y]: Point): Point {
  const length = Math.hypot(x, y) || 1;
  return [x / length, y / length];
}
