/*
 * The built-in footage: a wall with two photos, and a camera that moves before it. Lengths are in units of the wall: one pixel of
 * the photo of the cup.
 */

/** A rectangle of the wall. */
export interface WallRect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** So high that a camera that stands upright sees no edge. */
export const WALL = { width: 2_300, height: 1_100 } as const;
/** Where the photos hang, both of the same height. */
export const PHOTOS = {
  cup: { x: 330, y: 350, width: 600, height: 400 },
  cat: { x: 1_370, y: 350, width: 600, height: 400 },
} as const satisfies Record<string, WallRect>;

/** One look at a photo, and the way to the other. */
const DWELL_MS = 8_000;
const MOVE_MS = 2_500;
const TURN_MS = DWELL_MS + MOVE_MS;
/** After this time the footage begins again, without a jump. */
export const LOOP_MS = 2 * TURN_MS;

/** How much of the wall is seen: a photo fills the picture, as something that a person points a camera at. */
const VIEW_WIDTH = { lying: 840, upright: 570 } as const;
/** The hand that holds the camera: as parts of the width of the view. */
const SWAY = { x: 0.05, y: 0.025, zoom: 0.04 } as const;

/**
 * What the camera sees.
 * @param timeMs since the footage began
 * @param aspect width by height of the picture
 */
export function viewAt(timeMs: number, aspect: number): WallRect {
  const inLoopMs = ((timeMs % LOOP_MS) + LOOP_MS) % LOOP_MS;
  const sway = (periods: number) => Math.sin((2 * Math.PI * periods * inLoopMs) / LOOP_MS);
  const usual = aspect < 1 ? VIEW_WIDTH.upright : VIEW_WIDTH.lying;
  const width = usual * (1 + SWAY.zoom * sway(4));
  const height = width / aspect;
  const at = share(inLoopMs);
  const centerX = centerOf(PHOTOS.cup) + at * (centerOf(PHOTOS.cat) - centerOf(PHOTOS.cup));
  const centerY = PHOTOS.cup.y + PHOTOS.cup.height / 2;
  return {
    x: centerX - width / 2 + SWAY.x * usual * sway(3),
    y: centerY - height / 2 + SWAY.y * usual * sway(5),
    width,
    height,
  };
}

const centerOf = ({ x, width }: WallRect) => x + width / 2;

/** How far the camera is on its way from the cup, 0, to the cat, 1. */
function share(inLoopMs: number): number {
  if (inLoopMs < TURN_MS) return ease((inLoopMs - DWELL_MS) / MOVE_MS);
  return 1 - ease((inLoopMs - TURN_MS - DWELL_MS) / MOVE_MS);
}

/** Starts and stops gently; 0 before its time, 1 after it. */
function ease(progress: number): number {
  const within = Math.min(1, Math.max(0, progress));
  return (1 - Math.cos(Math.PI * within)) / 2;
}
