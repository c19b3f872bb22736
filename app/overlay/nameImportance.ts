import type { RectPx } from '../../vision/geometry.ts';
import { intersect } from './freeSpace.ts';
import type { NamedBox, NamesLayout, NamesRoom } from './layoutNames.ts';

/** A thing that may get a name. */
export interface Candidate extends NamedBox {
  /** What is seen of it. */
  readonly seen: RectPx;
  /** 0..1; a locked thing has more than any other. */
  readonly importance: number;
  /** What is seen of all things. */
  readonly scene: readonly RectPx[];
}

/** A thing of which less than this share is on screen gets no name. */
const MIN_VISIBLE_SHARE = 0.2;
/** Things that have a name already are more important than new ones by this ratio. */
const SHOWN_BEFORE = 1.3;
/** A thing in a corner is less important than one in the middle by this share. */
const CORNER_LOSS = 0.35;
/** What a person locked on to comes before all else. */
const LOCKED_IMPORTANCE = 10;
/** Names may cover this share of the picture; below that many they may in any case. */
const MAX_COVER = 0.34;
const FEW_NAMES = 6;
/** Among more than a few, names of this share of the most important one's importance fade; they come back from a bit more. */
const FAINT_BELOW = 0.3;
const CLEAR_FROM = 0.4;

/** The things that are seen well enough for a name, the most important first: locked, sure, large, and near the middle. */
export function byImportance(
  boxes: readonly NamedBox[],
  { bounds }: NamesRoom,
  { placed }: NamesLayout,
): Candidate[] {
  const candidates: Candidate[] = [];
  const scene: RectPx[] = [];
  for (const box of boxes) {
    const seen = intersect(box.box, bounds);
    const area = seen.width * seen.height;
    if (area <= 0 || area < MIN_VISIBLE_SHARE * box.box.width * box.box.height) continue;
    const share = area / (bounds.width * bounds.height);
    const middle = 1 - CORNER_LOSS * distanceFromMiddle(seen, bounds);
    const before = placed.has(box.id) ? SHOWN_BEFORE : 1;
    const importance = box.isLocked ? LOCKED_IMPORTANCE : box.score * Math.sqrt(share) * middle * before;
    scene.push(seen);
    candidates.push({ ...box, seen, importance, scene });
  }
  return candidates.sort((a, b) => b.importance - a.importance || a.id - b.id);
}

/** The first of them, as many as may be named without hiding the picture; at least a few. */
export function namedFirst(candidates: readonly Candidate[], { bounds }: NamesRoom): readonly Candidate[] {
  const limit = MAX_COVER * bounds.width * bounds.height;
  let area = 0;
  const end = candidates.findIndex(({ chip }, index) => {
    area += chip.width * chip.height;
    return index >= FEW_NAMES && area > limit;
  });
  return end === -1 ? candidates : candidates.slice(0, end);
}

/** The names that stand back, so that the important ones are read first; none among a few. */
export function faintNames(
  candidates: readonly Candidate[],
  { faint: before }: Pick<NamesLayout, 'faint'>,
): ReadonlySet<number> {
  if (candidates.length <= FEW_NAMES) return NONE;
  const most = candidates.find(({ isLocked }) => !isLocked)?.importance ?? 0;
  const faint = candidates.filter(
    ({ id, importance }) => importance < most * (before.has(id) ? CLEAR_FROM : FAINT_BELOW),
  );
  return new Set(faint.map(({ id }) => id));
}

const NONE: ReadonlySet<number> = new Set();

/** 0 in the middle of the bounds, 1 in a corner. */
function distanceFromMiddle(rect: RectPx, bounds: RectPx): number {
  const x = (rect.x + rect.width / 2 - bounds.x) / bounds.width - 0.5;
  const y = (rect.y + rect.height / 2 - bounds.y) / bounds.height - 0.5;
  return Math.hypot(x, y) / Math.SQRT1_2;
}
