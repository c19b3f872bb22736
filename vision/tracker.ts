import { type Box, clip, grow, iou } from './geometry.ts';
import { type Outline, outlineInBox, shapeOfOutline } from './masks/outline.ts';
import { type OneEuroOptions, type OneEuroState, startOneEuro, stepOneEuro } from './oneEuroFilter.ts';
import { filteredPoints, type PointFilters, startPoints, stepPoints } from './pointFilters.ts';
import type { Points } from './points.ts';
import { mapQuad, type Quad, quadInBox, shapeOfQuad } from './quad.ts';

/** One thing that a model saw in one frame. */
export interface Detection {
  label: string;
  /** 0..1 */
  score: number;
  /** Absent where the model names the whole frame. */
  box?: Box;
  /** What was read, where a model reads; `label` is what a person is shown of it. */
  text?: string;
  /** The corners of what was read; `box` is around them. */
  quad?: Quad;
  /** Key points, where the model finds them. */
  points?: Points;
  /** What a mask encloses, where a model gives masks. */
  outline?: Outline;
  /** How much of the picture that is, 0..1, where there is no box. */
  share?: number;
}

/** A thing that is followed from frame to frame; what is shown of it stays steady. */
export interface Track {
  readonly id: number;
  readonly label: string;
  /** Smoothed over the frames that saw it with `minScore` or more, 0..1. */
  readonly score: number;
  /** Smoothed, clipped to the frame. */
  readonly box: Box;
  /** The text and the corners of the thing, where its detections have them; smoothed. */
  readonly text?: string;
  readonly quad?: Quad;
  /** Its key points, smoothed. */
  readonly points?: Points;
  /** As the last frame had it, in the box as it is shown. */
  readonly outline?: Outline;
}

/** Default of `holdMs`. */
export const HOLD_MS = 400;

export interface TrackerOptions {
  /** The lowest score to show; no track is ever shown with a lower one. */
  minScore: number;
  /**
   * Time for which a shown thing stays that is still seen, but with scores below `minScore`; it is shown with the score
   * that it had above it, ms. Default 1,000.
   */
  keepMs?: number;
  /** Scores down to `minScore` minus this count as seen for that. Default 0.15. */
  keepMargin?: number;
  /** Time for which a shown thing stays that no frame confirms, ms. Default `HOLD_MS`. */
  holdMs?: number;
  /** A thing that comes back within this time gets its id back, ms. Default 1,500. */
  rememberMs?: number;
  /** A thing is shown after this number of frames that saw it, 1 or 2. Default 2. */
  confirmHits?: number;
}

/**
 * The state of a tracker: a value, to be kept by the caller and passed to the next `track`. Plain data, so it can be
 * stored and sent.
 */
export interface TrackerState {
  readonly nextId: number;
  readonly tracks: readonly TrackState[];
}

interface TrackState {
  readonly id: number;
  readonly shown: boolean;
  readonly hits: number;
  readonly lastSeenMs: number;
  /** When it was last seen with `minScore` or more. */
  readonly lastSureMs: number;
  readonly score: number;
  /** Summed, fading scores by label: the label that is shown is the one with the most. */
  readonly votes: Readonly<Record<string, number>>;
  readonly label: string;
  /** Centre x, centre y, width, height. */
  readonly filters: readonly [OneEuroState, OneEuroState, OneEuroState, OneEuroState];
  /** The corners in 0..1 of the box, smoothed: place and size are in the filters. */
  readonly shape?: Quad;
  readonly points?: PointFilters;
  /** The outline in 0..1 of the box, as the last frame had it. */
  readonly mask?: Outline;
}

export const EMPTY_TRACKER: TrackerState = { nextId: 1, tracks: [] };

const CENTRE: OneEuroOptions = { minCutoffHz: 0.8, beta: 16, speedCutoffHz: 1 };
const SIZE: OneEuroOptions = { minCutoffHz: 1, beta: 6, speedCutoffHz: 1 };
/** Overlap from which a detection may belong to a track, by kind of pass. */
const MIN_IOU_SAME_LABEL = 0.2;
const MIN_IOU_OTHER_LABEL = 0.55;
const GROWN_BY = 0.4;
const VOTE_FADE = 0.8;
/** Another label takes over a track when its votes exceed those of the shown one times this. */
const TAKEOVER = 1.3;
/** A new thing with this score is shown at once: noise has lower ones. */
const SURE_SCORE = 0.9;
/** Beyond this a track's motion is a guess, ms. */
const MAX_PREDICTION_MS = 500;

/** What things are called is decided by the next frame alone: what names them has learned something. */
export const forgetLabels = (state: TrackerState): TrackerState => ({
  ...state,
  tracks: state.tracks.map((one) => ({ ...one, votes: {} })),
});

/**
 * Follows things over frames. Detections are matched to tracks in two passes, sure ones first and then unsure ones
 * that may only continue a track (ByteTrack, Zhang et al. 2022, https://arxiv.org/abs/2110.06864), by intersection over
 * union with the place where the track should be by now, and, for the fast ones, between grown boxes (C-BIoU, Yang et
 * al. 2023, https://arxiv.org/abs/2211.14317). Boxes are smoothed by a One Euro filter, labels by votes. A thing
 * is shown after two frames, or immediately in a session's first frame or with a score of 0.9. Corners are smoothed within
 * their box.
 *
 * @param nowMs when the frame was taken; must grow from call to call
 */
export function track(
  state: TrackerState,
  detections: readonly (Detection & { box: Box })[],
  nowMs: number,
  options: TrackerOptions,
): TrackerState {
  const {
    minScore,
    keepMs = 1_000,
    keepMargin = 0.15,
    holdMs = HOLD_MS,
    rememberMs = 1_500,
    confirmHits = 2,
  } = options;
  const keepScore = minScore - keepMargin;
  const isFirstFrame = state.nextId === 1 && state.tracks.length === 0;

  const sure = detections.filter((detection) => detection.score >= minScore);
  const unsure = detections.filter((detection) => detection.score < minScore && detection.score >= keepScore);

  const remembered = state.tracks.filter((candidate) => nowMs - candidate.lastSeenMs <= rememberMs);
  const matched = new Map<TrackState, Detection & { box: Box }>();
  const remainingSure = match(remembered, sure, nowMs, matched);
  match(
    remembered.filter((candidate) => candidate.shown),
    unsure,
    nowMs,
    matched,
  );

  const continued = remembered.flatMap((before): TrackState[] => {
    const detection = matched.get(before);
    if (detection) {
      const after = follow(before, detection, nowMs, minScore);
      return [{ ...after, shown: after.score >= minScore && nowMs - after.lastSureMs <= keepMs }];
    }
    const missedMs = nowMs - before.lastSeenMs;
    // What was seen once and not again was noise.
    if (!before.shown && before.hits < 2) return missedMs > holdMs ? [] : [before];
    const isHeld = before.shown && missedMs <= holdMs && before.score >= minScore;
    return [before.shown === isHeld ? before : { ...before, shown: isHeld }];
  });

  let nextId = state.nextId;
  const begun = remainingSure.map((detection) =>
    beginTrack(nextId++, detection, nowMs, isFirstFrame || confirmHits < 2 || detection.score >= SURE_SCORE),
  );
  return { nextId, tracks: [...continued, ...begun] };
}

/**
 * The tracker of a session that goes on after a break: the things that were shown keep their ids if they are where they
 * were, as if they had been seen at `nowMs`.
 */
export function seedTracker(shown: readonly Track[], nextId: number, nowMs: number): TrackerState {
  return { nextId, tracks: shown.map((thing) => beginTrack(thing.id, thing, nowMs, true)) };
}

/** The state after a person raised the limit: what is below it disappears immediately. */
export function hideBelow(state: TrackerState, minScore: number): TrackerState {
  const tracks = state.tracks.map((candidate) =>
    candidate.score < minScore ? { ...candidate, shown: false } : candidate,
  );
  return { ...state, tracks };
}

/** The things to show now, oldest first. */
export function shownTracks(state: TrackerState): Track[] {
  return state.tracks
    .filter((candidate) => candidate.shown)
    .map((candidate) => {
      const { id, label, score, shape, points, mask, lastSeenMs } = candidate;
      const box = boxAt(candidate, lastSeenMs);
      const shown = {
        ...{ id, label, score, box: clip(box) },
        ...(points && { points: filteredPoints(points) }),
        ...(mask && { outline: outlineInBox(mask, box) }),
      };
      return shape === undefined ? shown : { ...shown, text: label, quad: quadInBox(shape, box) };
    });
}

/**
 * Pairs tracks with detections, best pair first, and adds the pairs to `matched`.
 * @returns the detections that no track wanted
 */
function match(
  tracks: readonly TrackState[],
  detections: readonly (Detection & { box: Box })[],
  nowMs: number,
  matched: Map<TrackState, Detection & { box: Box }>,
): (Detection & { box: Box })[] {
  const pairs = tracks
    .filter((candidate) => !matched.has(candidate))
    .flatMap((candidate) => {
      const expected = boxAt(candidate, nowMs);
      return detections.map((detection) => ({
        candidate,
        detection,
        likeness: likeness(expected, candidate, detection),
      }));
    })
    .filter((pair) => pair.likeness > 0)
    .sort((a, b) => b.likeness - a.likeness);
  const taken = new Set<Detection>();
  for (const { candidate, detection } of pairs) {
    if (matched.has(candidate) || taken.has(detection)) continue;
    matched.set(candidate, detection);
    taken.add(detection);
  }
  return detections.filter((detection) => !taken.has(detection));
}

/**
 * How well a detection fits a track's expected box: above 1 by plain overlap, 0..1 by grown boxes, 0 not at all. What has
 * left the screen comes back under its own name only: another thing in its place would be shown under the old name.
 */
function likeness(
  expected: Box,
  { label, shown, hits }: TrackState,
  detection: Detection & { box: Box },
): number {
  const overlap = iou(expected, detection.box);
  if (detection.label !== label) {
    const hasLeft = !shown && hits > 1;
    return overlap >= MIN_IOU_OTHER_LABEL && !hasLeft ? overlap : 0;
  }
  if (overlap >= MIN_IOU_SAME_LABEL) return 1 + overlap;
  const grown = iou(grow(expected, GROWN_BY), grow(detection.box, GROWN_BY));
  return grown >= MIN_IOU_SAME_LABEL ? grown : 0;
}

function beginTrack(
  id: number,
  { label, score, box, quad, points, outline }: Detection & { box: Box },
  nowMs: number,
  shown: boolean,
): TrackState {
  const [x, y, width, height] = box;
  return {
    ...(quad && { shape: shapeOfQuad(quad, box) }),
    ...(points && { points: startPoints(points, nowMs) }),
    ...(outline && { mask: shapeOfOutline(outline, box) }),
    id,
    shown,
    hits: 1,
    lastSeenMs: nowMs,
    lastSureMs: nowMs,
    score,
    votes: { [label]: score },
    label,
    filters: [
      startOneEuro(x + width / 2, nowMs),
      startOneEuro(y + height / 2, nowMs),
      startOneEuro(width, nowMs),
      startOneEuro(height, nowMs),
    ],
  };
}

function follow(
  before: TrackState,
  detection: Detection & { box: Box },
  nowMs: number,
  minScore: number,
): TrackState {
  const [x, y, width, height] = detection.box;
  const [centreX, centreY, filterWidth, filterHeight] = before.filters;
  const votes: Record<string, number> = {};
  for (const [label, vote] of Object.entries(before.votes)) {
    if (vote * VOTE_FADE > 0.01) votes[label] = vote * VOTE_FADE;
  }
  votes[detection.label] = (votes[detection.label] ?? 0) + detection.score;
  const isSure = detection.score >= minScore;
  // Unsure sightings give a position, but no better score; nor does a score below a raised limit.
  const sureScore =
    before.score < minScore ? detection.score : before.score + 0.4 * (detection.score - before.score);
  const [leader = before.label, leaderVotes = 0] = Object.entries(votes).sort((a, b) => b[1] - a[1])[0] ?? [];
  return {
    ...withShape(before.shape, detection),
    ...(detection.points && { points: stepPoints(before.points, detection.points, nowMs) }),
    ...(detection.outline && { mask: shapeOfOutline(detection.outline, detection.box) }),
    id: before.id,
    shown: true,
    hits: before.hits + 1,
    lastSeenMs: nowMs,
    lastSureMs: isSure ? nowMs : before.lastSureMs,
    score: isSure ? sureScore : before.score,
    votes,
    label: leaderVotes > TAKEOVER * (votes[before.label] ?? 0) ? leader : before.label,
    filters: [
      stepOneEuro(centreX, x + width / 2, nowMs, CENTRE),
      stepOneEuro(centreY, y + height / 2, nowMs, CENTRE),
      stepOneEuro(filterWidth, width, nowMs, SIZE),
      stepOneEuro(filterHeight, height, nowMs, SIZE),
    ],
  };
}

/** Share of the newest corners. */
const SHAPE_WEIGHT = 0.4;
/** Corners that differ by more of the box are those of text that was turned, or of another line: nothing lies in between. */
const MAX_SHAPE_CHANGE = 0.5;

function withShape(before: Quad | undefined, { quad, box }: Detection & { box: Box }): { shape?: Quad } {
  if (quad === undefined) return {};
  const now = shapeOfQuad(quad, box);
  if (before === undefined) return { shape: now };
  const gaps = now.map(([x, y], i) =>
    Math.max(Math.abs(x - (before[i]?.[0] ?? x)), Math.abs(y - (before[i]?.[1] ?? y))),
  );
  if (Math.max(...gaps) > MAX_SHAPE_CHANGE) return { shape: now };
  const mix = (from: number, to: number) => from + SHAPE_WEIGHT * (to - from);
  return { shape: mapQuad(now, ([x, y], i) => [mix(before[i]?.[0] ?? x, x), mix(before[i]?.[1] ?? y, y)]) };
}

/** Where the track is, or should be by now if it goes on as it did. */
function boxAt(of: TrackState, nowMs: number): Box {
  const [centreX, centreY, width, height] = of.filters;
  const aheadSeconds = Math.min(Math.max(nowMs - of.lastSeenMs, 0), MAX_PREDICTION_MS) / 1000;
  const x = centreX.value + centreX.perSecond * aheadSeconds;
  const y = centreY.value + centreY.perSecond * aheadSeconds;
  return [x - width.value / 2, y - height.value / 2, width.value, height.value];
}
