import type { Label } from '../../protocol/messages.ts';
import { CARRY_DEFAULTS, type CarryOptions, carry, follow, type Motion } from '../../vision/carry.ts';
import { type Box, clip } from '../../vision/geometry.ts';
import { type Quad, quadInBox, shapeOfQuad } from '../../vision/quad.ts';

/** A picture without a successor for this long stands still, and its labels with it. */
const STANDS_STILL_MS = 250;
/** How long a label that leaves is still drawn, fading. The style sheet's fade lasts as long. */
export const LEAVE_MS = 180;

interface Track {
  readonly label: Label;
  /** Undefined for a label that names the whole picture. */
  readonly motion: Motion | undefined;
  /** When it was first missed, on the wall clock; undefined while it is seen. */
  readonly leftAtMs: number | undefined;
}

/** All labels that are on screen, by track id. */
export interface TrackBoard {
  /** Where the tracks have their ids from; the same numbers mean other things in another session. */
  readonly session: string | undefined;
  readonly tracks: ReadonlyMap<number, Track>;
  /** Capture time of the newest frame for which the labels are known to hold. */
  readonly labelledAtMs: number;
  /** The age, in ms, at which its labels are gone. */
  readonly maxLabelAgeMs: number;
}

export const EMPTY_BOARD: TrackBoard = {
  session: undefined,
  tracks: new Map(),
  labelledAtMs: Number.NEGATIVE_INFINITY,
  maxLabelAgeMs: 0,
};

/** A label to draw now. */
export interface ShownLabel {
  label: Label;
  /** In 0..1 of the frame; undefined for a label that names the whole picture. */
  box: Box | undefined;
  /** Corners of what was read, in 0..1 of the frame, carried with the box. */
  quad?: Quad | undefined;
  leaving: boolean;
}

/** Whether it is a line of text: a code has a format. */
export const isLineOfText = (shown: ShownLabel): shown is ShownLabel & { quad: Quad } =>
  shown.quad !== undefined && shown.label.text !== undefined && shown.label.format === undefined;

export interface BoardTimes {
  /** Capture time of the picture on screen: boxes are carried to it. */
  shownAtMs: number;
  nowMs: number;
}

/**
 * The board after a labelled frame: tracks that are in it are followed, the others begin to leave. A session that was
 * resumed goes on with its tracks; another one starts with none.
 */
export function updateBoard(
  before: TrackBoard,
  seen: { session: string; labels: readonly Label[]; capturedAtMs: number; maxLabelAgeMs: number },
  { shownAtMs, nowMs }: BoardTimes,
  options: CarryOptions = CARRY_DEFAULTS,
): TrackBoard {
  const board = before.session === seen.session ? before : EMPTY_BOARD;
  // Answers can overtake each other when several workers serve one session; an older one has nothing to add.
  if (seen.capturedAtMs < board.labelledAtMs) return board;
  const tracks = new Map<number, Track>();
  for (const [id, track] of board.tracks) {
    const leftAtMs = track.leftAtMs ?? nowMs;
    if (nowMs - leftAtMs < LEAVE_MS) tracks.set(id, { ...track, leftAtMs });
  }
  for (const label of seen.labels) {
    const previous = board.tracks.get(label.id);
    const motion = isRepeated(previous, label, seen.capturedAtMs, options)
      ? previous?.motion
      : label.box &&
        follow(previous?.motion, { box: label.box, atMs: seen.capturedAtMs }, shownAtMs, options);
    tracks.set(label.id, { label, motion, leftAtMs: undefined });
  }
  const { session, capturedAtMs, maxLabelAgeMs } = seen;
  return { session, tracks, labelledAtMs: capturedAtMs, maxLabelAgeMs };
}

/** The board after a frame that shows what the last labelled one showed. */
export function confirmBoard(board: TrackBoard, capturedAtMs: number): TrackBoard {
  return { ...board, labelledAtMs: Math.max(board.labelledAtMs, capturedAtMs) };
}

/** Whether both boards name the same things: no track is new, leaves, comes back or is called something else. */
export function hasSameNames(a: TrackBoard, b: TrackBoard): boolean {
  if (a.session !== b.session || a.tracks.size !== b.tracks.size) return false;
  for (const [id, { label, leftAtMs }] of b.tracks) {
    const other = a.tracks.get(id);
    if (other === undefined || (other.leftAtMs === undefined) !== (leftAtMs === undefined)) return false;
    if (other.label.label !== label.label || other.label.text !== label.text) return false;
  }
  return true;
}

/**
 * What to draw now. Labels that have left long enough are not in it, nor any older than the bound: they begin to fade
 * early enough that they are gone by then.
 */
export function shownLabels(
  board: TrackBoard,
  { shownAtMs, nowMs }: BoardTimes,
  options: CarryOptions = CARRY_DEFAULTS,
): ShownLabel[] {
  const ageMs = Math.min(nowMs, shownAtMs + STANDS_STILL_MS) - board.labelledAtMs;
  const staleForMs = ageMs - (board.maxLabelAgeMs - LEAVE_MS);
  if (staleForMs >= LEAVE_MS) return [];
  const shown: ShownLabel[] = [];
  for (const { label, motion, leftAtMs } of board.tracks.values()) {
    if (leftAtMs !== undefined && nowMs - leftAtMs >= LEAVE_MS) continue;
    const carried = motion && carry(motion, shownAtMs, options);
    const quad = label.quad && label.box && carried && quadInBox(shapeOfQuad(label.quad, label.box), carried);
    const box = carried && clip(carried);
    shown.push({ label, box, quad, leaving: leftAtMs !== undefined || staleForMs >= 0 });
  }
  return shown;
}

/**
 * Whether this is no sighting: the tracker holds a thing that one frame missed and repeats its last box to the digit.
 * Taken for a sighting it would stop a thing that moves.
 */
function isRepeated(
  previous: Track | undefined,
  label: Label,
  capturedAtMs: number,
  { horizonMs }: CarryOptions,
): boolean {
  const before = previous?.motion;
  if (before === undefined || label.box === undefined) return false;
  if (capturedAtMs - before.seenAtMs > horizonMs) return false;
  return label.box.every((value, index) => value === before.box[index]);
}
