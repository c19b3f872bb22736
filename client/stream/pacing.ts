import { quantile } from '../../protocol/quantile.ts';

/** How frames are sent. */
export interface Pace {
  /** JPEG quality, 0..1: at most 0.9. */
  readonly quality: number;
  /** Maximum number of frames that wait for their answer. */
  readonly framesInFlight: number;
  /** Least time from one frame to the next, ms: frames that are spread over the round trip do not queue behind each other. */
  readonly intervalMs: number;
}

/** At this quality a model's answer is nearly that to the uncompressed picture. Above it frames only get larger. */
const BEST_QUALITY = 0.9;
/** Begun with, on a link that is not known: from here up a step doubles the bytes of a frame. */
const START_QUALITY = 0.7;
/** Shortest round trip above which a link is not tried with more than that: one such frame would hold up several. */
const ROOM_MS = 100;
/** Round trip from which one more frame is in flight when frames get larger. */
const LONG_WAY_MS = 20;
/** On a link that queues, quality falls to the first before fewer frames are in flight, and to the second only when one is. */
const FAIR_QUALITY = 0.4;
const WORST_QUALITY = 0.3;

/** Number of answers that a decision rests on, to frames that were sent after the last change. */
const GROUP = 4;
/** The third of four: one that is late for another reason does not decide. */
const TYPICAL_SHARE = 0.75;
/** A queue on the link that delays by less is tolerated: the larger of this time, and this share of the shortest round trip. */
const TOLERANCE_MS = 40;
const TOLERANCE_SHARE = 0.25;
/** Wait before the next step up, after one that did not hold; each failure doubles it, each success halves it. */
const PATIENCE_MS = { min: 2_000, max: 32_000 };
/** While one frame is processed the next should be there: two in flight keep the server busy. */
const BUSY_FRAMES = 2;
/** Round trip that one more frame in flight is added for, if there are credits. */
const MS_PER_FRAME = 80;
/** Below this round trip frames are not spread: the camera is slower. */
const SPREAD_FROM_MS = 100;
const SPREAD_SHARE = 0.8;

/** The state of the policy. Times in ms of the client's clock. */
export interface Pacing extends Pace {
  /** The shortest round trip: that of a link without a queue. Undefined before the first answer. */
  readonly floorMs: number | undefined;
  /** Round trips of the answers to frames that were sent since the last decision. */
  readonly group: readonly number[];
  readonly changedAtMs: number;
  readonly lastStep: 'up' | 'down' | undefined;
  readonly patienceMs: number;
}

export interface AnsweredFrame {
  sentAtMs: number;
  arrivedAtMs: number;
  /** The time at the server, which says nothing of the link. */
  serverMs: number;
  /** From `welcome`. */
  credits: number;
}

export const START_PACING: Pacing = {
  quality: START_QUALITY,
  framesInFlight: BUSY_FRAMES,
  intervalMs: 0,
  floorMs: undefined,
  group: [],
  changedAtMs: Number.NEGATIVE_INFINITY,
  lastStep: undefined,
  patienceMs: 0,
};

/**
 * The pace after an answer. As in a video call, delay is the signal: round trips that grow beyond the shortest one mean
 * that frames queue on the way. Then frames get smaller, and after that fewer; when there is room again, first more
 * and then better ones. Loss and bandwidth need no measure of their own: on a stream both show as delay.
 */
export function pace(before: Pacing, answer: AnsweredFrame): Pacing {
  const roundTripMs = Math.max(0, answer.arrivedAtMs - answer.sentAtMs - answer.serverMs);
  const floorMs = Math.min(before.floorMs ?? roundTripMs, roundTripMs);
  const known = { ...before, floorMs };
  // It was sent at the previous pace.
  if (answer.sentAtMs < before.changedAtMs) return known;
  const group = [...before.group, roundTripMs];
  if (group.length < GROUP) return { ...known, group };

  const typicalMs = quantile(group, TYPICAL_SHARE) ?? roundTripMs;
  const intervalMs = intervalOf(typicalMs, before.framesInFlight);
  const decided: Pacing = { ...known, intervalMs, group: [] };
  const queueMs = typicalMs - floorMs;
  const toleranceMs = Math.max(TOLERANCE_MS, TOLERANCE_SHARE * floorMs);
  if (queueMs > toleranceMs) return slower(decided, typicalMs, answer.arrivedAtMs);
  if (queueMs > toleranceMs / 2) return decided;
  return faster(decided, typicalMs, answer);
}

function slower(pacing: Pacing, typicalMs: number, nowMs: number): Pacing {
  const step = lower(pacing);
  // The least that can be sent does not queue behind itself: the link itself has become slower.
  if (step === undefined) return { ...pacing, floorMs: typicalMs };
  const failed = pacing.lastStep === 'up';
  const patienceMs = Math.max(PATIENCE_MS.min, pacing.patienceMs * (failed ? 2 : 1));
  return {
    ...pacing,
    ...step,
    changedAtMs: nowMs,
    lastStep: 'down',
    patienceMs: Math.min(PATIENCE_MS.max, patienceMs),
  };
}

function faster(pacing: Pacing, typicalMs: number, { arrivedAtMs, credits }: AnsweredFrame): Pacing {
  if (arrivedAtMs - pacing.changedAtMs < pacing.patienceMs) return pacing;
  const { floorMs = 0 } = pacing;
  const wanted = Math.min(credits, BUSY_FRAMES + Math.floor(floorMs / MS_PER_FRAME));
  const step = higher(pacing, wanted, floorMs > ROOM_MS ? START_QUALITY : BEST_QUALITY, typicalMs);
  if (step === undefined) return pacing;
  // The previous step has held.
  const held = pacing.lastStep === 'up' && pacing.patienceMs > 0;
  return {
    ...pacing,
    ...step,
    intervalMs: intervalOf(typicalMs, step.framesInFlight),
    changedAtMs: arrivedAtMs,
    lastStep: 'up',
    patienceMs: held ? Math.max(PATIENCE_MS.min, pacing.patienceMs / 2) : pacing.patienceMs,
  };
}

type Step = Pick<Pace, 'quality' | 'framesInFlight'>;

function lower({ quality, framesInFlight }: Step): Step | undefined {
  const next = tenths(quality, -1);
  // One frame less, which `higher` added.
  const isSmall = next === START_QUALITY;
  if (quality > FAIR_QUALITY)
    return {
      quality: next,
      framesInFlight: isSmall ? Math.max(BUSY_FRAMES, framesInFlight - 1) : framesInFlight,
    };
  if (framesInFlight > 1) return { quality, framesInFlight: framesInFlight - 1 };
  return quality > WORST_QUALITY ? { quality: next, framesInFlight } : undefined;
}

function higher(
  { quality, framesInFlight }: Step,
  wanted: number,
  best: number,
  typicalMs: number,
): Step | undefined {
  if (framesInFlight < wanted) return { quality, framesInFlight: framesInFlight + 1 };
  if (quality >= best) return undefined;
  if (quality !== START_QUALITY) return { quality: tenths(quality, 1), framesInFlight };
  // A scene that stands still is sent for a second: the best frames have to come at once.
  if (typicalMs < LONG_WAY_MS) return { quality: best, framesInFlight };
  // Large frames are longer on the way: without one more of them fewer labels would come.
  return { quality: tenths(quality, 1), framesInFlight: framesInFlight + 1 };
}

function intervalOf(roundTripMs: number, framesInFlight: number): number {
  return roundTripMs < SPREAD_FROM_MS ? 0 : (SPREAD_SHARE * roundTripMs) / framesInFlight;
}

const tenths = (quality: number, more: number) => Math.round(quality * 10 + more) / 10;
