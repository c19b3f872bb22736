import type { Box } from './geometry.ts';

/** What is known of a thing's movement: where it was last seen, how fast it goes, and what is still to be evened out. */
export interface Motion {
  /** The last box seen, in 0..1 of the frame. */
  readonly box: Box;
  /** When the frame with that box was captured. */
  readonly seenAtMs: number;
  /** Change of x, y, width and height per millisecond, in 0..1 of the frame. */
  readonly velocity: Box;
  /** How far the box on screen was from the new estimate when that estimate came; fades to nothing. */
  readonly gap: Box;
  readonly gapAtMs: number;
}

export interface CarryOptions {
  /** Carried further by this time, to make up for the delay of the tracker's smoothing. Default 30 ms. */
  leadMs: number;
  /** Time constant of the braking: a thing is carried at most this long at full speed. Default 220 ms. */
  dampingMs: number;
  /** Time without a sighting after which the box stops. Default 500 ms. */
  horizonMs: number;
  /** Time constant with which a correction is blended in; 0 jumps. Default 60 ms. */
  settleMs: number;
  /** Share of the newest measurement in the velocity, 0..1. Default 0.5. */
  velocityWeight: number;
  /** Speeds below this many frame sizes a second are detector noise and count as none. Default 0.02. */
  deadbandPerS: number;
}

export const CARRY_DEFAULTS: CarryOptions = {
  leadMs: 30,
  dampingMs: 220,
  horizonMs: 500,
  settleMs: 60,
  velocityWeight: 0.5,
  deadbandPerS: 0.02,
};

const STILL: Box = [0, 0, 0, 0];

/**
 * Takes in a sighting.
 *
 * @param previous what was known, or undefined for a thing seen the first time
 * @param seen the box and the time its frame was captured
 * @param shownAtMs the time for which boxes are drawn right now: the correction is blended in from there
 * @returns the new motion; `previous` itself if `seen` is not newer
 */
export function follow(
  previous: Motion | undefined,
  seen: { box: Box; atMs: number },
  shownAtMs: number,
  options: CarryOptions = CARRY_DEFAULTS,
): Motion {
  if (previous === undefined) {
    return { box: seen.box, seenAtMs: seen.atMs, velocity: STILL, gap: STILL, gapAtMs: shownAtMs };
  }
  const elapsedMs = seen.atMs - previous.seenAtMs;
  if (elapsedMs <= 0) return previous;

  // A thing that was lost for longer than the horizon may have turned round: start from rest.
  const velocity =
    elapsedMs > options.horizonMs ? STILL : blendVelocity(previous, seen.box, elapsedMs, options);
  const estimate: Motion = { box: seen.box, seenAtMs: seen.atMs, velocity, gap: STILL, gapAtMs: shownAtMs };
  if (options.settleMs <= 0) return estimate;
  const gap = zip(carry(previous, shownAtMs, options), carry(estimate, shownAtMs, options), (a, b) => a - b);
  return { ...estimate, gap };
}

/**
 * The box at `atMs`: constant velocity, braked exponentially and stopped at the horizon, plus what is left of the
 * last correction. Width and height never go below zero.
 */
export function carry(motion: Motion, atMs: number, options: CarryOptions = CARRY_DEFAULTS): Box {
  const reach = reachMs(motion.seenAtMs, atMs, options);
  const left = shareLeft(motion.gapAtMs, atMs, options);
  const [x, y, width, height] = zip(
    zip(motion.box, motion.velocity, (value, speed) => value + speed * reach),
    motion.gap,
    (value, gap) => value + gap * left,
  );
  return [x, y, Math.max(0, width), Math.max(0, height)];
}

/** How many milliseconds of full speed the braked way until `atMs` is worth: the integral of exp(-t / damping). */
export function reachMs(seenAtMs: number, atMs: number, options: CarryOptions): number {
  const aheadMs = Math.min(Math.max(0, atMs - seenAtMs) + options.leadMs, options.horizonMs);
  return options.dampingMs * (1 - Math.exp(-aheadMs / options.dampingMs));
}

/** How much of the last correction is left at `atMs`, 0..1. */
export function shareLeft(gapAtMs: number, atMs: number, { settleMs }: CarryOptions): number {
  return settleMs > 0 ? Math.exp(-Math.max(0, atMs - gapAtMs) / settleMs) : 0;
}

function blendVelocity(previous: Motion, box: Box, elapsedMs: number, options: CarryOptions): Box {
  const deadband = options.deadbandPerS / 1000;
  const measured = zip(box, previous.box, (now, before) => (now - before) / elapsedMs);
  const blended = zip(
    previous.velocity,
    measured,
    (before, now) => before + (now - before) * options.velocityWeight,
  );
  return zip(blended, STILL, (speed) => (Math.abs(speed) < deadband ? 0 : speed));
}

function zip(a: Box, b: Box, combine: (a: number, b: number) => number): Box {
  return [combine(a[0], b[0]), combine(a[1], b[1]), combine(a[2], b[2]), combine(a[3], b[3])];
}
