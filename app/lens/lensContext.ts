import { serverUrl } from '../browser/basePath.ts';
import { createStore, type Store } from '../browser/store.ts';
import { createFrameEncoder } from '../capture/frameEncoder.ts';
import { CodeScanner } from '../codes/codeScanner.ts';
import { Device } from '../device/library/device.ts';
import { createDeviceHeads, type DeviceHeads } from '../device/library/deviceHeads.ts';
import { withTaught } from '../device/library/taughtSessions.ts';
import { openSession } from '../device/runtime/openSession.ts';
import { lastModel } from '../device/runtime/runtimeAhead.ts';
import { History } from '../history/history.ts';
import { type AutoRecognizer, createAutoRecognizer } from '../recognizers/autoRecognizer.ts';
import { createLocalRecognizer, type LocalRecognizer } from '../recognizers/localRecognizer.ts';
import type { FrameLabels } from '../recognizers/recognizer.ts';
import { createRemoteRecognizer } from '../recognizers/remoteRecognizer.ts';
import { CameraSharing } from '../share/cameraSharing.ts';
import { INITIAL_STATE, type LensEvent, type LensState, lensReducer } from './lensState.ts';
import { type PixelAccess, PixelCheck } from './pixelCheck.ts';
import { readPreferences } from './preferences.ts';
import { settling } from './settling.ts';
import { StreamMeter } from './streamMeter.ts';

/** The elements that the lens draws into. They stay in the page for as long as the lens lives. */
export interface LensElements {
  video: HTMLVideoElement;
  picture: HTMLImageElement;
  overlay: HTMLElement;
  /** Live region for screen readers. */
  announcer: HTMLElement;
}

/** Watches what is shown, for measuring; it changes nothing. */
export interface LensObserver {
  /** A picture of the video is on the screen, captured at this time of the page's clock, in ms. */
  onShown(capturedAtMs: number, video: HTMLVideoElement): void;
  /** Labels were drawn for the first time. */
  onDrawn(frameLabels: FrameLabels, drawnAtMs: number): void;
}

/** Codes do not wait longer for the first labels, which may never come. */
const CODES_AFTER_MS = 1_500;

/** What the parts of a lens share. */
export interface LensContext {
  readonly elements: LensElements;
  readonly store: Store<LensState, LensEvent>;
  /** The models that are stored on this device. */
  readonly device: Device;
  /** What was taught, for models that run on this device. */
  readonly heads: DeviceHeads;
  readonly local: LocalRecognizer;
  readonly recognizer: AutoRecognizer;
  readonly pixels: PixelCheck;
  /** Reads codes on this device. */
  readonly codes: CodeScanner;
  readonly meter: StreamMeter;
  /** This camera on the screens of the server. */
  readonly sharing: CameraSharing;
  /** What a person looked at closely, kept on this device. */
  readonly history: History;
  /** Resolves when the first labels are on the screen. */
  readonly firstLabels: Promise<void>;
  onFirstLabels(): void;
  /** See `settling`. */
  readonly settled: Promise<void>;
  /** The token for the server. */
  token(): string | undefined;
  readonly observer: LensObserver | undefined;
}

export interface LensContextOptions {
  token(): string | undefined;
  /** What is known of reading pixels has changed. */
  onPixels(access: PixelAccess): void;
  /** Whether anything is on the screen, so that pixels matter. */
  hasView(): boolean;
  observer: LensObserver | undefined;
}

/** Builds everything of a lens that does not depend on its source. */
export function createLensContext(
  elements: LensElements,
  { token, onPixels, hasView, observer }: LensContextOptions,
): LensContext {
  let onFirstLabels = () => {};
  const firstLabels = new Promise<void>((resolve) => {
    onFirstLabels = resolve;
  });
  const device = new Device({ token, openSession, lastModel });
  const heads = createDeviceHeads({ token });
  const local = createLocalRecognizer({ device: withTaught(device, heads) });
  const encoder = createFrameEncoder();
  const pixels = new PixelCheck({ probe: () => encoder.probe(), onAccess: onPixels, isWanted: hasView });
  const recognizer = createAutoRecognizer({
    remote: createRemoteRecognizer({ url: serverUrl(''), token, encoder }),
    local,
    mode: readPreferences().backend,
  });
  const codes = new CodeScanner({
    pixelReader: () => readerOf(pixels.access),
    after: Promise.race([firstLabels, new Promise((resolve) => setTimeout(resolve, CODES_AFTER_MS))]),
  });
  const store = createStore(lensReducer, INITIAL_STATE);
  const meter = new StreamMeter();
  const sharing = new CameraSharing({ token });
  return {
    elements,
    store,
    device,
    heads,
    local,
    recognizer,
    pixels,
    codes,
    meter,
    sharing,
    history: new History(),
    firstLabels,
    onFirstLabels,
    settled: settling(firstLabels, recognizer),
    token,
    observer,
  };
}

/** Nothing is read before it is known how: noise would cost time and give nothing. */
const readerOf = (access: PixelAccess) => (access === 'unknown' || access === 'none' ? undefined : access);
