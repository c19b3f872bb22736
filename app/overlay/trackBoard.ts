import type { Label } from '../../protocol/messages.ts';
import type { PointsLayout } from '../../protocol/points.ts';
import { CARRY_DEFAULTS, type CarryOptions, carry, follow, type Motion } from '../../vision/carry.ts';
import type { PointsMotion } from '../../vision/carryPoints.ts';
import { type Box, clip } from '../../vision/geometry.ts';
import type { Outline } from '../../vision/masks/outline.ts';
import type { Points } from '../../vision/points.ts';
import type { Quad } from '../../vision/quad.ts';

/** A picture without a successor for this long stands still, and its labels with it. */
const STANDS_STILL_MS = 250;
/** How long a label that leaves is still drawn, fading. The style sheet's fade lasts as long. */
export const LEAVE_MS = 180;

/**
 * Carries what a label has in addition to its box. Without a carrier nothing of it is computed.
 */
export interface ShapeCarrier {
  /** The movement of its key points after a sighting. */
  follow(
    previous: PointsMotion | undefined,
    label: Label,
    times: { readonly atMs: number; readonly shownAtMs: number },
    options: CarryOptions,
  ): PointsMotion | undefined;
  /** @param carried its box at that time */
  shown(
    track: Pick<Track, 'label' | 'points'>,
    carried: Box | undefined,
    shownAtMs: number,
    options: CarryOptions,
  ): Pick<ShownLabel, 'quad' | 'points' | 'outline'>;
}

interface Track {
  readonly label: Label;
  /** Undefined for a label that names the whole picture. */
  readonly motion: Motion | undefined;
  /** Of its key points, where it has them. */
  readonly points?: PointsMotion | undefined;
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
  /** What the key points of its labels are. */
  readonly layout?: PointsLayout | undefined;
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
  /** Key points, carried as the box is, and what they are, where that is known. */
  points?: Points | undefined;
  layout?: PointsLayout | undefined;
  /** What its mask encloses, in 0..1 of the frame, carried with the box. */
  outline?: Outline | undefined;
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
  seen: {
    session: string;
    labels: readonly Label[];
    capturedAtMs: number;
    maxLabelAgeMs: number;
    points?: PointsLayout | undefined;
  },
  { shownAtMs, nowMs }: BoardTimes,
  options: CarryOptions = CARRY_DEFAULTS,
  shapes?: ShapeCarrier,
): TrackBoard {
  const board = before.session === seen.session ? before : EMPTY_BOARD;
  // Answers can overtake each other when several workers serve one session; an older one has nothing to add.
  if (seen.capturedAtMs < board.labelledAtMs) return board;
  const tracks = new Map<number, Track>();
  for (const [id, track] of board.tracks) {
    const leftAtMs = track.leftAtMs ?? nowMs;
    if (nowMs - leftAtMs < LEAVE_MS) tracks.set(id, { ...track, leftAtMs });
  }
  const atMs = seen.capturedAtMs;
  for (const label of seen.labels) {
    const previous = board.tracks.get(label.id);
    const repeats = isRepeated(previous, label, atMs, options);
    const points = repeats
      ? previous?.points
      : shapes?.follow(previous?.points, label, { atMs, shownAtMs }, options);
    const motion = repeats
      ? previous?.motion
      : label.box && follow(previous?.motion, { box: label.box, atMs }, shownAtMs, options);
    tracks.set(label.id, { label, motion, points, leftAtMs: undefined });
  }
  const { session, capturedAtMs, maxLabelAgeMs, points: layout } = seen;
  return { session, tracks, labelledAtMs: capturedAtMs, maxLabelAgeMs, layout };
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
  shapes?: ShapeCarrier,
): ShownLabel[] {
  const ageMs = Math.min(nowMs, shownAtMs + STANDS_STILL_MS) - board.labelledAtMs;
  const staleForMs = ageMs - (board.maxLabelAgeMs - LEAVE_MS);
  if (staleForMs >= LEAVE_MS) return [];
  const shown: ShownLabel[] = [];
  for (const track of board.tracks.values()) {
    const { label, motion, leftAtMs } = track;
    if (leftAtMs !== undefined && nowMs - leftAtMs >= LEAVE_MS) continue;
    const carried = motion && carry(motion, shownAtMs, options);
    const box = carried && clip(carried);
    const carriedShapes = shapes?.shown(track, carried, shownAtMs, options);
    const leaving = leftAtMs !== undefined || staleForMs >= 0;
    shown.push({ label, box, ...carriedShapes, layout: board.layout, leaving });
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
