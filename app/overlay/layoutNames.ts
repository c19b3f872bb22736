import type { RectPx } from '../../vision/geometry.ts';
import {
  clamp,
  distanceBetween,
  type FreeSpace,
  freeNear,
  isFree,
  packInRows,
  right,
  type SizePx,
} from './freeSpace.ts';
import { type Leader, leaderBetween } from './leader.ts';
import { byImportance, type Candidate, faintNames, namedFirst } from './nameImportance.ts';
import { BOX_GAP_PX, placeInSlot, SLOT_COST, SLOTS, type Slot } from './nameSlots.ts';

/** A thing on screen that has a name. All rectangles here are in CSS pixels of the overlay. */
export interface NamedBox {
  readonly id: number;
  readonly box: RectPx;
  /** 0..1 */
  readonly score: number;
  /** Size of its chip. */
  readonly chip: SizePx;
  /** A person locked on to it: it is named before all others. */
  readonly isLocked?: boolean;
}

export interface NamesRoom {
  /** Where chips may be: the part of the picture that is on screen, less a margin. */
  readonly bounds: RectPx;
  /** What lies over the picture: controls, messages. */
  readonly obstacles: readonly RectPx[];
  /** Size of the chip that counts names without room. */
  readonly more: SizePx;
}

export interface PlacedName {
  readonly rect: RectPx;
  /** Undefined: near its box where there is room. */
  readonly slot: Slot | undefined;
  /** From the top left of what is seen of its box to the chip's. */
  readonly offset: { readonly x: number; readonly y: number };
  /** The line to its box, where it stands apart from it. */
  readonly leader: Leader | undefined;
  readonly cost: number;
  /** When it came where it is, or last looked for a better place, ms. */
  readonly settledAtMs: number;
}

/** A value, to be kept by the caller and passed to the next `layoutNames`. */
export interface NamesLayout {
  readonly placed: ReadonlyMap<number, PlacedName>;
  /** Names without room, the most important first. */
  readonly left: readonly number[];
  /** Where their number stands; undefined where none is left, or there is not even room for that. */
  readonly more: RectPx | undefined;
  /** Names of things that matter less than others: they are drawn paler. */
  readonly faint: ReadonlySet<number>;
  /** When room was last looked for, for all of them, ms. */
  readonly triedAtMs: number;
}

/** The layout before a change of the room: each name may take a better position at once. */
export function unsettled(layout: NamesLayout): NamesLayout {
  const settledAtMs = Number.NEGATIVE_INFINITY;
  const placed = new Map([...layout.placed].map(([id, name]) => [id, { ...name, settledAtMs }]));
  return { ...layout, placed, triedAtMs: settledAtMs };
}

export const NO_NAMES_LAYOUT: NamesLayout = {
  placed: new Map(),
  left: [],
  more: undefined,
  faint: new Set(),
  triedAtMs: Number.NEGATIVE_INFINITY,
};

/** Distance between chips, and from controls. */
export const CHIP_GAP_PX = 4;
/** Minimum time that a chip stays at its position, ms, unless something gets in its way. */
const SETTLED_MS = 700;
/** A better position must be better by this many pixels, and roomier than needed by as many. */
const BETTER_PX = 10;
const ROOMIER_PX = 6;
/** Cost of a position without a slot, next to or apart from its box, in addition to its distance. */
const APART_COST = 100;
/** What hides all of a thing costs this much more; of several it hides, the shares are summed. */
const COVER_COST = 300;
/** Among more things than this a name hides something wherever it stands, and looking for better costs too much. */
const FEW = 16;
/** From this cost on it is worth looking for a place that hides nothing. */
const MUCH_COVERED = APART_COST + 0.1 * COVER_COST;
/** Chips farther than this from their box are tied to it by a line. */
const LEADER_FROM_PX = 2 * BOX_GAP_PX;

/**
 * Says where the names of things go: at their boxes where there is room, else as near as there is, tied by a line; never
 * over each other or an obstacle, always within the bounds. Where not all have room, or names would hide the picture, the
 * most important are placed (locked, sure, large, near the middle, and named before), and the others are counted. From call to call a chip keeps its place at its box for as long
 * as it is valid, and a while longer than that would need, before it takes a better one.
 *
 * Pure. Costs some 0.05 ms for ten things, and well below 1 ms for fifty.
 *
 * @param previous the layout before, or NO_NAMES_LAYOUT
 */
export function layoutNames(
  boxes: readonly NamedBox[],
  room: NamesRoom,
  previous: NamesLayout,
  nowMs: number,
): NamesLayout {
  const all = byImportance(boxes, room, previous);
  const faint = faintNames(all, previous);
  const done = (placed: Map<number, PlacedName>, triedAtMs: number) =>
    withCount(all, placed, room, { ...previous, faint, triedAtMs });
  const candidates = namedFirst(all, room);
  const isLockNew = candidates.some(({ id, isLocked }) => isLocked && !previous.placed.has(id));
  const isCrowded = previous.left.length > 0 && nowMs - previous.triedAtMs < SETTLED_MS && !isLockNew;
  const obstaclesWithCount = isCrowded && previous.more ? [...room.obstacles, previous.more] : room.obstacles;
  const kept = keep(candidates, { ...room, obstacles: obstaclesWithCount }, previous, nowMs);
  const missing = candidates.filter(({ id }) => !kept.has(id));
  if (isCrowded) {
    // That there are too many was found out just now: whoever had no room has none yet.
    const hadNone = new Set(previous.left);
    const others = missing.filter(({ id }) => !hadNone.has(id));
    place(others, kept, { ...room, obstacles: obstaclesWithCount }, nowMs);
    return done(kept, previous.triedAtMs);
  }
  place(missing, kept, room, nowMs);
  if (kept.size === candidates.length) return done(kept, nowMs);
  // From scratch: who stands may have to make way.
  const fresh = new Map<number, PlacedName>();
  place(candidates, fresh, room, nowMs);
  const best = fresh.size < candidates.length ? morePlaced(fresh, pack(candidates, room, nowMs)) : fresh;
  const isKept = best.size <= kept.size && hasMostImportant(candidates, kept);
  return done(isKept ? kept : best, nowMs);
}

/** Whether no name without room is more important than one that is placed. */
function hasMostImportant(
  candidates: readonly Candidate[],
  placed: ReadonlyMap<number, PlacedName>,
): boolean {
  return candidates.slice(0, placed.size).every(({ id }) => placed.has(id));
}

/** The names that stay where they were at their boxes, which may have moved; some take a better place. */
function keep(
  candidates: readonly Candidate[],
  room: NamesRoom,
  { placed }: NamesLayout,
  nowMs: number,
): Map<number, PlacedName> {
  const kept = new Map<number, PlacedName>();
  const taken = [...room.obstacles];
  const space = spaceOf(room, taken);
  const restless: Candidate[] = [];
  for (const candidate of candidates) {
    const before = placed.get(candidate.id);
    const now = before && stay(candidate, before, space);
    if (now === undefined) continue;
    kept.set(candidate.id, now);
    taken.push(now.rect);
    if (now.cost > BETTER_PX && nowMs - now.settledAtMs >= SETTLED_MS) restless.push(candidate);
  }
  for (const candidate of restless) {
    const now = kept.get(candidate.id);
    if (now === undefined) continue;
    const index = taken.indexOf(now.rect);
    taken.splice(index, 1);
    const roomier = { bounds: shrink(space.bounds, ROOMIER_PX), taken, gapPx: CHIP_GAP_PX + ROOMIER_PX };
    const found = find(candidate, roomier, nowMs);
    const better = found && found.cost <= now.cost - BETTER_PX ? stay(candidate, found, space) : undefined;
    const next = better ?? { ...now, settledAtMs: nowMs };
    kept.set(candidate.id, next);
    taken.push(next.rect);
  }
  return kept;
}

function stay(candidate: Candidate, before: PlacedName, space: FreeSpace): PlacedName | undefined {
  const { box, chip, seen } = candidate;
  if (before.slot !== undefined) {
    const place = placeInSlot(before.slot, box, chip, space, before.offset.x);
    if (place === undefined) return undefined;
    // A small shift is the same position; with a larger one, another may be better.
    if (Math.abs(place.rect.x - seen.x - before.offset.x) > chip.height) return undefined;
    const cost = place.cost + coverCost(place.rect, candidate);
    return settle(candidate, before.slot, place.rect, cost, before.settledAtMs);
  }
  const { bounds } = space;
  const rect = {
    x: clamp(seen.x + before.offset.x, bounds.x, right(bounds) - chip.width),
    y: clamp(seen.y + before.offset.y, bounds.y, bounds.y + bounds.height - chip.height),
    ...chip,
  };
  if (!isFree(rect, space)) return undefined;
  return settle(candidate, undefined, rect, apartCost(rect, candidate), before.settledAtMs);
}

/** Finds positions for those that have none yet, in their order, and adds them to `placed`. */
function place(
  candidates: readonly Candidate[],
  placed: Map<number, PlacedName>,
  room: NamesRoom,
  nowMs: number,
): void {
  const taken = [...room.obstacles];
  for (const { rect } of placed.values()) taken.push(rect);
  const space = spaceOf(room, taken);
  for (const candidate of candidates) {
    const found = find(candidate, space, nowMs);
    if (found === undefined) continue;
    placed.set(candidate.id, found);
    taken.push(found.rect);
  }
}

/** The best place for one name in what is free. */
function find(candidate: Candidate, space: FreeSpace, nowMs: number): PlacedName | undefined {
  const { box, chip, seen, scene } = candidate;
  let best: { slot: Slot | undefined; rect: RectPx; cost: number } | undefined;
  for (const slot of SLOTS) {
    if (best !== undefined && best.cost <= SLOT_COST[slot]) break;
    const found = placeInSlot(slot, box, chip, space);
    if (found === undefined) continue;
    const cost = found.cost + coverCost(found.rect, candidate);
    if (best === undefined || cost < best.cost) best = { slot, rect: found.rect, cost };
  }
  const tryNear = (taken: readonly RectPx[]) => {
    const rect = freeNear({ ...space, taken }, chip, seen);
    const cost = rect && apartCost(rect, candidate);
    if (rect && cost !== undefined && (best === undefined || cost < best.cost)) {
      best = { slot: undefined, rect, cost };
    }
  };
  const isFew = scene.length <= FEW;
  if (best === undefined || (isFew && best.cost >= MUCH_COVERED)) tryNear(space.taken);
  if (isFew && best !== undefined && best.cost >= MUCH_COVERED) tryNear([...space.taken, ...scene]);
  return best && settle(candidate, best.slot, best.rect, best.cost, nowMs);
}

const apartCost = (rect: RectPx, candidate: Candidate): number =>
  APART_COST + distanceBetween(rect, candidate.seen) + coverCost(rect, candidate);

/** A name hides what it stands on: of something small, much. */
function coverCost(rect: RectPx, { scene }: Candidate): number {
  let share = 0;
  for (const { x, y, width, height } of scene) {
    const across = Math.min(rect.x + rect.width, x + width) - Math.max(rect.x, x);
    const down = Math.min(rect.y + rect.height, y + height) - Math.max(rect.y, y);
    if (across > 0 && down > 0) share += (across * down) / (width * height);
  }
  return COVER_COST * share;
}

/** As many names as fit into lines, which is more than fit at their boxes. */
function pack(candidates: readonly Candidate[], room: NamesRoom, nowMs: number): Map<number, PlacedName> {
  const rects = packInRows(
    spaceOf(room, room.obstacles),
    candidates.map(({ chip }) => chip),
  );
  const packed = new Map<number, PlacedName>();
  candidates.forEach((candidate, index) => {
    const rect = rects[index];
    if (rect === undefined) return;
    packed.set(candidate.id, settle(candidate, undefined, rect, apartCost(rect, candidate), nowMs));
  });
  return packed;
}

const morePlaced = (a: Map<number, PlacedName>, b: Map<number, PlacedName>) => (b.size > a.size ? b : a);

/** The layout with the count of those without room; the least important make room for it. */
function withCount(
  candidates: readonly Candidate[],
  placed: Map<number, PlacedName>,
  room: NamesRoom,
  previous: Pick<NamesLayout, 'more' | 'faint' | 'triedAtMs'>,
): NamesLayout {
  const { faint, triedAtMs } = previous;
  const leftOf = () => candidates.filter(({ id }) => !placed.has(id)).map(({ id }) => id);
  if (placed.size === candidates.length) return { placed, left: [], more: undefined, faint, triedAtMs };
  const { bounds, more } = room;
  const corner = { x: right(bounds) - more.width, y: bounds.y + bounds.height - more.height, ...more };
  for (const { id } of [undefined, ...candidates.toReversed()].map((candidate) => ({ id: candidate?.id }))) {
    if (id !== undefined && !placed.delete(id)) continue;
    const taken = [...room.obstacles, ...[...placed.values()].map(({ rect }) => rect)];
    const space = spaceOf(room, taken);
    const isSame = previous.more && previous.more.width === more.width && isFree(previous.more, space);
    const rect = isSame ? previous.more : freeNear(space, more, corner);
    if (rect) return { placed, left: leftOf(), more: rect, faint, triedAtMs };
  }
  return { placed, left: leftOf(), more: undefined, faint, triedAtMs };
}

function settle(
  { seen }: Candidate,
  slot: Slot | undefined,
  rect: RectPx,
  cost: number,
  settledAtMs: number,
): PlacedName {
  const offset = { x: rect.x - seen.x, y: rect.y - seen.y };
  const isApart = distanceBetween(rect, seen) > LEADER_FROM_PX;
  return { rect, slot, offset, cost, settledAtMs, leader: isApart ? leaderBetween(rect, seen) : undefined };
}

const shrink = ({ x, y, width, height }: RectPx, byPx: number): RectPx => ({
  x: x + byPx,
  y: y + byPx,
  width: width - 2 * byPx,
  height: height - 2 * byPx,
});

const spaceOf = ({ bounds }: NamesRoom, taken: readonly RectPx[]): FreeSpace => ({
  bounds,
  taken,
  gapPx: CHIP_GAP_PX,
});
