import { createStore, type Store } from '../browser/store.ts';
import { sizeOf } from '../capture/drawFitted.ts';
import { takePicture } from '../capture/grabFrames.ts';
import type { LensObserver } from '../lens/lensContext.ts';
import type { FrameLabels } from '../recognizers/recognizer.ts';
import { type Corners, findCard, type GreyPicture } from './findCard.ts';
import { FlashMeter, type FlashMeterOptions, type FlashSample } from './flashMeter.ts';

/** Samples that are left out: model, camera and tracker have just begun. */
const WARM_UP = 3;
/** The card is looked for in a picture of this width, px. */
const READ_WIDTH_PX = 320;
/** A card that was not seen for this long is lost, ms. */
const LOST_MS = 1_500;

export interface FlashWatcherOptions extends FlashMeterOptions {
  /** How many samples make a measurement. */
  readonly wanted: number;
}

export interface WatchState {
  /** Whether the camera sees the flashes now. */
  readonly sees: boolean;
  readonly samples: readonly FlashSample[];
  /** Flashes seen since measuring began, and those of them whose name was still on the screen. */
  readonly flashes: number;
  readonly held: number;
  /** From the opening of this page to its first labels, ms. */
  readonly firstLabelMs: number | undefined;
}

type WatchEvent =
  | { readonly type: 'sees'; readonly sees: boolean }
  | { readonly type: 'sample'; readonly sample: FlashSample; readonly flashes: number; readonly held: number }
  | { readonly type: 'firstLabel'; readonly afterMs: number }
  | { readonly type: 'again' };

export const INITIAL_WATCH: WatchState = {
  sees: false,
  samples: [],
  flashes: 0,
  held: 0,
  firstLabelMs: undefined,
};

function reduce(state: WatchState, event: WatchEvent): WatchState {
  switch (event.type) {
    case 'sees':
      return state.sees === event.sees ? state : { ...state, sees: event.sees };
    case 'sample':
      return {
        ...state,
        samples: [...state.samples, event.sample],
        flashes: event.flashes,
        held: event.held,
      };
    case 'firstLabel':
      return state.firstLabelMs === undefined ? { ...state, firstLabelMs: event.afterMs } : state;
    case 'again':
      return { ...state, samples: [], flashes: 0, held: 0 };
    default:
      return event satisfies never;
  }
}

/** Reads the flashes off the pictures that are shown, and matches them with the labels that are drawn. */
export class FlashWatcher implements LensObserver {
  readonly store: Store<WatchState, WatchEvent> = createStore(reduce, INITIAL_WATCH);
  readonly #options: FlashWatcherOptions;
  readonly #read = createReader();
  #meter: FlashMeter;
  #warmUp = WARM_UP;
  /** Flashes and held ones before measuring began. */
  #before = { flashes: 0, held: 0 };
  #near: Corners | undefined;
  #seenAtMs = Number.NEGATIVE_INFINITY;
  #isReading = false;

  constructor(options: FlashWatcherOptions) {
    this.#options = options;
    this.#meter = new FlashMeter(options);
  }

  onShown(capturedAtMs: number, video: HTMLVideoElement): void {
    if (this.#isReading) return;
    this.#isReading = true;
    // Taken now, read in a task of its own: the frame goes to the model first.
    takePicture(video)
      .then((picture) => this.#see(capturedAtMs, picture))
      .catch(() => {
        // The source went away between the two.
      })
      .finally(() => {
        this.#isReading = false;
      });
  }

  onDrawn(frameLabels: FrameLabels, drawnAtMs: number): void {
    if (frameLabels.modelIndex !== 0) return;
    // The page's clock begins when it is opened.
    if (frameLabels.labels.length > 0) this.store.dispatch({ type: 'firstLabel', afterMs: drawnAtMs });
    const sample = this.#meter.drew(frameLabels, drawnAtMs);
    if (sample === undefined || this.isDone) return;
    const { flashes, held } = this.#meter;
    if (this.#warmUp > 0) {
      this.#warmUp -= 1;
      this.#before = { flashes, held };
      return;
    }
    const before = this.#before;
    this.store.dispatch({
      type: 'sample',
      sample,
      flashes: flashes - before.flashes,
      held: held - before.held,
    });
  }

  get isDone(): boolean {
    return this.store.getState().samples.length >= this.#options.wanted;
  }

  /** Begins again. */
  again(): void {
    this.#meter = new FlashMeter(this.#options);
    this.#warmUp = WARM_UP;
    this.#before = { flashes: 0, held: 0 };
    this.store.dispatch({ type: 'again' });
  }

  #see(capturedAtMs: number, picture: ImageBitmap | VideoFrame): void {
    let found: ReturnType<typeof findCard>;
    try {
      found = findCard(this.#read(picture), this.#near);
    } finally {
      picture.close();
    }
    if (found) {
      this.#near = found.corners;
      this.#seenAtMs = capturedAtMs;
    }
    this.#meter.saw(capturedAtMs, found?.code);
    this.store.dispatch({ type: 'sees', sees: capturedAtMs - this.#seenAtMs < LOST_MS });
  }
}

/** Makes a picture small and grey. */
function createReader(): (picture: ImageBitmap | VideoFrame) => GreyPicture {
  let context: OffscreenCanvasRenderingContext2D | null | undefined;
  return (picture) => {
    const full = sizeOf(picture);
    const width = Math.min(READ_WIDTH_PX, full.width);
    const height = Math.max(1, Math.round((width * full.height) / full.width));
    if (context?.canvas.width !== width || context.canvas.height !== height) {
      context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    }
    if (!context) throw new Error('This browser has no canvas outside the page.');
    context.drawImage(picture, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    const pixels = new Uint8Array(width * height);
    // Green is most of what is bright.
    for (let at = 0; at < pixels.length; at++) pixels[at] = data[at * 4 + 1] ?? 0;
    return { pixels, width, height };
  };
}
