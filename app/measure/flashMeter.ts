import { type AgeSplit, splitAge } from '../../client/stream/frameAge.ts';
import type { Backend, FrameLabels } from '../recognizers/recognizer.ts';
import { CLOCK_SPAN_MS, type FlashCode } from './flashCode.ts';

/** One flash, from the screen that showed it to the label on this one. Times in ms of this page's clock. */
export interface FlashSample {
  /** When the flash was drawn; undefined where the picture is a recording, and its clock is not the server's. */
  readonly flashedAtMs: number | undefined;
  /** When the camera first saw it. */
  readonly seenAtMs: number;
  /** When the first frame was captured that showed the flash and was answered. */
  readonly firstCapturedAtMs: number;
  /** When the frame was captured that got the label: the same one, or a later one where the first was not enough. */
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
/** How many pictures are remembered: more than can be on their way. */
const MAX_PICTURES = 256;

interface Flash {
  readonly code: FlashCode;
  readonly seenAtMs: number;
  firstCapturedAtMs: number | undefined;
  /** `held`: its name was still on the screen, from an earlier flash. */
  state: 'waiting' | 'labelled' | 'held';
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
  /** What each picture shows, by its capture time. */
  readonly #pictures = new Map<number, Flash | undefined>();
  #current: Flash | undefined;
  #flashes = 0;
  #held = 0;
  /** On the screen, as drawn last. */
  #names: readonly string[] = [];

  constructor(options: FlashMeterOptions) {
    this.#options = options;
  }

  /** Flashes that the camera saw. */
  get flashes(): number {
    return this.#flashes;
  }

  /** Flashes whose name was still on the screen when they came: no label of theirs can be told from it. */
  get held(): number {
    return this.#held;
  }

  /** What the camera saw in the picture that was captured at this time; undefined: no card, or one that cannot be read. */
  saw(capturedAtMs: number, code: FlashCode | undefined): void {
    if (code && !isSame(this.#current?.code, code)) {
      this.#current = { code, seenAtMs: capturedAtMs, firstCapturedAtMs: undefined, state: 'waiting' };
      this.#flashes += 1;
    }
    this.#pictures.set(capturedAtMs, code && this.#current);
    for (const [oldest] of this.#pictures) {
      if (this.#pictures.size <= MAX_PICTURES) break;
      this.#pictures.delete(oldest);
    }
  }

  /** Labels were drawn for the first time: a sample, where they are the first ones of a flash. */
  drew({ capturedAtMs, labels, trace, backend }: FrameLabels, drawnAtMs: number): FlashSample | undefined {
    const flash = this.#shownAt(capturedAtMs);
    if (flash === undefined) return undefined;
    const namesBefore = this.#names;
    this.#names = labels.map(({ label }) => label);
    if (flash.state !== 'waiting') return undefined;
    const name = this.#options.names[flash.code.picture];
    const mustBeNamed = name !== undefined && this.#options.canName(name);
    if (mustBeNamed && flash.firstCapturedAtMs === undefined && namesBefore.includes(name)) {
      flash.state = 'held';
      this.#held += 1;
      return undefined;
    }
    flash.firstCapturedAtMs ??= capturedAtMs;
    if (mustBeNamed && !this.#names.includes(name)) return undefined;
    flash.state = 'labelled';
    const { seenAtMs, firstCapturedAtMs } = flash;
    const flashedAtMs = this.#flashedAtMs(flash);
    const split = splitAge(trace, drawnAtMs);
    return { flashedAtMs, seenAtMs, firstCapturedAtMs, capturedAtMs, drawnAtMs, split, backend };
  }

  /** The flash in the picture that was on the screen at this time: one that stands still is captured more than once. */
  #shownAt(capturedAtMs: number): Flash | undefined {
    const shownAtMs = [...this.#pictures.keys()].findLast((atMs) => atMs <= capturedAtMs);
    return shownAtMs === undefined ? undefined : this.#pictures.get(shownAtMs);
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

const isSame = (one: FlashCode | undefined, other: FlashCode): boolean =>
  one?.clockMs === other.clockMs && one.picture === other.picture;
