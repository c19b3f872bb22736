import { type AgeSplit, splitAge } from '../../client/stream/frameAge.ts';
import type { Backend, FrameLabels } from '../recognizers/recognizer.ts';
import { CLOCK_SPAN_MS, type FlashCode } from './flashCode.ts';

/** One flash, from the screen that showed it to the label on this one. Times in ms of this page's clock. */
export interface FlashSample {
  /** When the flash was drawn; undefined where the picture is a recording, and its clock is not the server's. */
  readonly flashedAtMs: number | undefined;
  /** When the camera first saw it. */
  readonly seenAtMs: number;
  /** When the frame was captured that got the label. */
  readonly capturedAtMs: number;
  /** When the label was drawn. */
  readonly drawnAtMs: number;
  readonly split: AgeSplit;
  /** Who gave the label. */
  readonly backend: Backend;
}

/** What a camera's path may take; a code that is further away in time is of another clock. */
const MAX_PATH_MS = 5_000;
/** The clocks' offset is not exact. */
const SLACK_MS = 50;
/** How many frames are remembered: more than can be on their way. */
const MAX_FRAMES = 256;

interface Flash {
  readonly code: FlashCode;
  readonly seenAtMs: number;
  isDone: boolean;
}

export interface FlashMeterOptions {
  /** What each photo shows, by its number. */
  readonly names: readonly string[];
  /** Server's clock minus this page's, ms; undefined while it is not known. */
  serverOffsetMs(): number | undefined;
  /**
   * Whether the model has a name for what a photo shows. A flash is labelled when that name is drawn; where the model has
   * no such name, when the labels of a frame that showed the flash are drawn.
   */
  canName(name: string): boolean;
}

/** Follows each flash from frame to label. */
export class FlashMeter {
  readonly #options: FlashMeterOptions;
  /** By the capture time of the frame that shows it. */
  readonly #frames = new Map<number, Flash>();
  #current: Flash | undefined;
  #flashes = 0;

  constructor(options: FlashMeterOptions) {
    this.#options = options;
  }

  /** Flashes that the camera saw. */
  get flashes(): number {
    return this.#flashes;
  }

  /** What the camera saw in the frame that was captured at this time. */
  saw(capturedAtMs: number, code: FlashCode): void {
    const current = this.#current;
    const isNew =
      current === undefined || current.code.clockMs !== code.clockMs || current.code.picture !== code.picture;
    const flash = isNew ? { code, seenAtMs: capturedAtMs, isDone: false } : current;
    if (isNew) this.#flashes += 1;
    this.#current = flash;
    this.#frames.set(capturedAtMs, flash);
    for (const [oldest] of this.#frames) {
      if (this.#frames.size <= MAX_FRAMES) break;
      this.#frames.delete(oldest);
    }
  }

  /** Labels were drawn for the first time: a sample, where they are the first ones of a flash. */
  drew({ capturedAtMs, labels, trace, backend }: FrameLabels, drawnAtMs: number): FlashSample | undefined {
    const flash = this.#frames.get(capturedAtMs);
    if (flash === undefined || flash.isDone) return undefined;
    const name = this.#options.names[flash.code.picture];
    const mustBeNamed = name !== undefined && this.#options.canName(name);
    if (mustBeNamed && !labels.some(({ label }) => label === name)) return undefined;
    flash.isDone = true;
    const { seenAtMs } = flash;
    const flashedAtMs = this.#flashedAtMs(flash);
    return { flashedAtMs, seenAtMs, capturedAtMs, drawnAtMs, split: splitAge(trace, drawnAtMs), backend };
  }

  /** The last moment before it was seen at which the server's clock stood so. */
  #flashedAtMs({ code, seenAtMs }: Flash): number | undefined {
    const offsetMs = this.#options.serverOffsetMs();
    if (offsetMs === undefined) return undefined;
    const latestMs = seenAtMs + SLACK_MS + offsetMs;
    const agoMs = (((latestMs - code.clockMs) % CLOCK_SPAN_MS) + CLOCK_SPAN_MS) % CLOCK_SPAN_MS;
    return agoMs > MAX_PATH_MS ? undefined : latestMs - agoMs - offsetMs;
  }
}
