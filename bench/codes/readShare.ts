import type { Label } from '../../protocol/messages.ts';
import type { CodeReader } from '../../vision/codes/codeReader.ts';
import { LiveCodes } from '../../vision/codes/liveCodes.ts';
import { textOf } from '../../vision/codes/textOf.ts';
import { type DrawnCode, type DrawnPicture, PICTURE } from './generatedCodes.ts';

export interface ReadShare {
  readonly codes: number;
  /** How many the reader finds with its own defaults on the same pixels. */
  readonly byDefaults: number;
  readonly byLive: number;
  /** Frames until a code was read, of those that were. */
  readonly frames: readonly number[];
  /** How far the farthest corner is off, as a share of the square root of the code's area. */
  readonly cornersOff: readonly number[];
  /** What only the defaults found. */
  readonly missed: readonly string[];
}

/** A video with this many frames in a second shows each picture for this long. */
const FRAME_MS = 1000 / 15;
const FRAMES = 30;

/** How many of the codes are read from a video that shows each picture for two seconds, next to the reader's defaults. */
export function readShare(
  read: CodeReader,
  pictures: readonly DrawnPicture[],
  clock: () => number,
): ReadShare {
  let byDefaults = 0;
  const frames: number[] = [];
  const cornersOff: number[] = [];
  const missed: string[] = [];
  for (const { picture, codes } of pictures) {
    const defaults = read(picture, { harder: true, rotate: true, invert: true, downscale: true }).map(
      ({ bytes }) => textOf(bytes),
    );
    const live = new LiveCodes({ read, clock });
    const found = new Map<string, { frame: number; label: Label }>();
    for (let frame = 0; frame < FRAMES && found.size < codes.length; frame++) {
      for (const label of live.look(picture, frame * FRAME_MS)) {
        const { text } = label;
        if (text !== undefined && codes.some((code) => code.text === text)) {
          if (!found.has(text)) found.set(text, { frame, label });
        }
      }
    }
    for (const code of codes) {
      // Of a UPC-A the reader says the EAN-13 that it is.
      const isDefault = defaults.some((text) => text === code.text || text === `0${code.text}`);
      if (isDefault) byDefaults += 1;
      const seen = found.get(code.text);
      if (seen) {
        frames.push(seen.frame);
        cornersOff.push(cornerOff(seen.label, code));
      } else if (isDefault) {
        missed.push(`${code.format}, ${code.trait}, tilt ${code.tilt.toFixed(0)}`);
      }
    }
  }
  const codes = pictures.reduce((sum, each) => sum + each.codes.length, 0);
  return { codes, byDefaults, byLive: frames.length, frames, cornersOff, missed };
}

function cornerOff({ quad }: Label, code: DrawnCode): number {
  const [a, b, , d] = code.quad;
  const area = Math.abs((b[0] - a[0]) * (d[1] - a[1]) - (b[1] - a[1]) * (d[0] - a[0]));
  const off = code.quad.map(([x, y], i) =>
    Math.hypot((quad?.[i]?.[0] ?? 0) * PICTURE.width - x, (quad?.[i]?.[1] ?? 0) * PICTURE.height - y),
  );
  return Math.max(...off) / Math.sqrt(area);
}
