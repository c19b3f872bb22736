import { type Box, clip } from '../../vision/geometry.ts';
import truth from '../media/truth.json' with { type: 'json' };
import { FRAME_HEIGHT_PX, FRAME_WIDTH_PX } from './marker.ts';

/** The rate at which Chromium plays an .mjpeg file as its camera. */
export const FRAMES_PER_SECOND = 30;

/**
 * Rates of clips for tests that do not measure the rate: the fewer frames there are to label, the more of a small machine
 * is left to what the test is about.
 */
const SLOW_RATES: Readonly<Record<string, number>> = {
  'cat-still': 6,
  'cup-still': 6,
  'cat-glide': 10,
  'cat-sway': 10,
  tour: 6,
  'codes-still': 6,
  'sign-still': 6,
};

export type PhotoId = keyof typeof truth;

/** One thing that a person sees. */
export interface Thing {
  label: string;
  /** x, y, width, height in 0..1 of the frame (of the photo, in truth.json), from its top left. */
  box: Box;
}

/** The part of a photo's surroundings that the camera sees; pixels of the photo, may reach beyond it. */
export interface View {
  centerX: number;
  centerY: number;
  width: number;
}

/** Pixels of the wall around a photo, on each side. */
export const WALL_PX = 300;

interface Scene {
  photo: PhotoId;
  frames: number;
  /** Where the camera looks, by the phase 0..1 of the scene; periodic, so that the loop has no jump. */
  view: (phase: number) => View;
}

function still(photo: PhotoId, view: View, frames: number): Scene {
  return { photo, frames, view: () => view };
}

/**
 * A pan of 5 s to one side and 5 s back the same way, with a nod and a zoom on the way. `x` and `y` in 0..1 of the
 * view's width, `zoom` as a ratio.
 */
function pan(photo: PhotoId, middle: View, swing: { x: number; y: number; zoom: number }): Scene {
  return {
    photo,
    frames: 10 * FRAMES_PER_SECOND,
    view: (phase) => {
      const there = -Math.cos(2 * Math.PI * phase); // -1 at the start, 1 after 5 s
      return {
        centerX: middle.centerX + swing.x * middle.width * there,
        centerY: middle.centerY + swing.y * middle.width * Math.sin(Math.PI * there),
        width: middle.width * (1 + swing.zoom * Math.cos(Math.PI * there)),
      };
    },
  };
}

/** A slow pan of 3 s, there and back. `x` in 0..1 of the view's width, `zoom` as a ratio. */
function glide(
  photo: PhotoId,
  middle: View,
  swing: { x: number; zoom: number },
  frames = 3 * FRAMES_PER_SECOND,
): Scene {
  return {
    photo,
    frames,
    view: (phase) => ({
      centerX: middle.centerX - swing.x * middle.width * Math.cos(2 * Math.PI * phase),
      centerY: middle.centerY,
      width: middle.width * (1 + swing.zoom * Math.sin(2 * Math.PI * phase)),
    }),
  };
}

const MIDDLE = {
  cat: { centerX: 225, centerY: 150, width: 620 },
  cup: { centerX: 300, centerY: 200, width: 540 },
  person: { centerX: 220, centerY: 220, width: 560 },
  crowd: { centerX: 600, centerY: 300, width: 1240 },
  codes: { centerX: 320, centerY: 220, width: 660 },
  sign: { centerX: 320, centerY: 208, width: 660 },
  rocket: { centerX: 320, centerY: 213, width: 600 },
} as const satisfies Record<PhotoId, View>;

const SWING = { x: 0.12, y: 0.03, zoom: 0.05 };

/** The footage that there is. */
export const CLIPS = {
  'cat-pan': [pan('cat', MIDDLE.cat, SWING)],
  'cup-pan': [pan('cup', MIDDLE.cup, SWING)],
  'person-pan': [pan('person', MIDDLE.person, SWING)],
  // Off the centre: a picture that is mirrored or shifted by mistake shows.
  'cat-still': [still('cat', { centerX: 140, centerY: 190, width: 620 }, 12)],
  'cup-still': [still('cup', MIDDLE.cup, 12)],
  /** A table card: a link, a network, and an article's number at a tilt of 32 degrees. */
  'codes-still': [still('codes', MIDDLE.codes, 12)],
  /** Lines of text, of which a slow machine reads one in each frame. */
  'sign-still': [still('sign', MIDDLE.sign, 12)],
  /** A thing, then lines of text, each for 5 s; nothing of it stands still. */
  'cat-and-sign': [
    glide('cat', MIDDLE.cat, { x: 0.05, zoom: 0.03 }, 5 * FRAMES_PER_SECOND),
    glide('sign', MIDDLE.sign, { x: 0.05, zoom: 0.03 }, 5 * FRAMES_PER_SECOND),
  ],
  'cat-glide': [glide('cat', MIDDLE.cat, { x: 0.05, zoom: 0.03 }, 30)],
  /** In a loop long enough to tell by its number how old a frame is. */
  'cat-sway': [glide('cat', MIDDLE.cat, { x: 0.05, zoom: 0.03 }, 100)],
  /** People who stand close to each other, and sway. */
  'crowd-pan': [pan('crowd', MIDDLE.crowd, { x: 0.03, y: 0.01, zoom: 0.03 })],
  'rocket-still': [still('rocket', MIDDLE.rocket, 2 * FRAMES_PER_SECOND)],
  /** For the picture in README. */
  poster: [still('cup', { centerX: 300, centerY: 200, width: 596 }, 2 * FRAMES_PER_SECOND)],
  /** For the moving picture in README: slow enough that a small file shows it well. */
  trailer: [
    glide('cup', { centerX: 300, centerY: 195, width: 530 }, { x: 0.05, zoom: 0.03 }),
    glide('cat', { centerX: 225, centerY: 150, width: 470 }, { x: 0.05, zoom: 0.03 }),
    glide('person', { centerX: 235, centerY: 215, width: 540 }, { x: 0.04, zoom: 0.03 }),
  ],
  /** Each for 3 s. */
  tour: (['cat', 'cup', 'person', 'rocket'] as const).map((photo) => still(photo, MIDDLE[photo], 3 * 6)),
} as const satisfies Record<string, readonly Scene[]>;

export type ClipId = keyof typeof CLIPS;

/** The rate of a clip that is not played at `FRAMES_PER_SECOND`. */
export const slowRateOf = (id: ClipId): number | undefined => SLOW_RATES[id];

/** Whether the frames of a clip bear their number. */
export const isNumbered = (id: ClipId): boolean => id !== 'poster' && id !== 'trailer';

/** One frame of a clip, before it is drawn. */
export interface FrameSpec {
  photo: PhotoId;
  /** What the camera sees, in whole pixels of the photo at `SCALE` times its size, wall included. */
  crop: { left: number; top: number; width: number; height: number };
  /** What a person sees in the frame, clipped to it. */
  things: Thing[];
}

/** Photos are enlarged this often before they are cropped, so that whole pixels move smoothly. */
export const SCALE = 2;

export function framesOf(id: ClipId): FrameSpec[] {
  return CLIPS[id].flatMap((scene) =>
    Array.from({ length: scene.frames }, (_, index) => {
      const view = scene.view(index / scene.frames);
      const width = Math.round(view.width * SCALE);
      const height = Math.round((width * FRAME_HEIGHT_PX) / FRAME_WIDTH_PX);
      const crop = {
        left: Math.round((WALL_PX + view.centerX) * SCALE - width / 2),
        top: Math.round((WALL_PX + view.centerY) * SCALE - height / 2),
        width,
        height,
      };
      return { photo: scene.photo, crop, things: thingsIn(scene.photo, crop) };
    }),
  );
}

/** What the photo itself shows, boxes in 0..1 of the photo. */
export function thingsOfPhoto(photo: PhotoId): Thing[] {
  return truth[photo].things.map(({ label, box }) => ({ label, box: asBox(box) }));
}

export const photoFile = (photo: PhotoId): string => truth[photo].file;

function thingsIn(photo: PhotoId, crop: FrameSpec['crop']): Thing[] {
  const { width, height } = truth[photo];
  return thingsOfPhoto(photo).map(({ label, box: [x, y, boxWidth, boxHeight] }) => ({
    label,
    box: clip([
      ((WALL_PX + x * width) * SCALE - crop.left) / crop.width,
      ((WALL_PX + y * height) * SCALE - crop.top) / crop.height,
      (boxWidth * width * SCALE) / crop.width,
      (boxHeight * height * SCALE) / crop.height,
    ]),
  }));
}

function asBox(numbers: readonly number[]): Box {
  const [x, y, width, height] = numbers;
  if (x === undefined || y === undefined || width === undefined || height === undefined) {
    throw new Error(`truth.json: a box has four numbers, got ${JSON.stringify(numbers)}.`);
  }
  return [x, y, width, height];
}
