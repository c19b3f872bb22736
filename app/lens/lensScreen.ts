import { splitAge } from '../../client/stream/frameAge.ts';
import type { Label } from '../../protocol/messages.ts';
import type { Box } from '../../vision/geometry.ts';
import type { LiveKind, LiveSource } from '../capture/liveSource.ts';
import { withPictureFile } from '../capture/pictureFile.ts';
import type { Magnifier } from '../freeze/magnifier.ts';
import { Announcer, describe } from '../overlay/announcer.ts';
import { words } from '../ui/words/words.ts';
import type { LensContext } from './lensContext.ts';
import { confidence } from './lensState.ts';
import { LiveView, type LiveViewOptions } from './liveView.ts';
import { LockTick } from './lockTick.ts';
import type { ModelWatch } from './modelWatch.ts';
import { PictureView } from './pictureView.ts';
import { readMirrored } from './preferences.ts';
import { recognizePicture } from './recognizePicture.ts';
import { ShownText } from './shownText.ts';
import type { ThingLock } from './thingLock.ts';
import { vibrate } from './vibration.ts';

type LiveEvents = Pick<LiveViewOptions, 'onPaused' | 'onInterrupted' | 'onStalled' | 'onEnded'>;

export interface OpenedPicture {
  readonly file: File;
  /** An object URL of the file. */
  readonly url: string;
}

/** What is on the screen, one view at a time, and the recognizer that labels it. */
export class LensScreen {
  /** The lines of text that are shown, and which of them are selected. */
  readonly text: ShownText;
  readonly #context: LensContext;
  readonly #modelWatch: ModelWatch;
  readonly #lock: ThingLock;
  readonly #announcer = new Announcer();
  readonly #lockTick = new LockTick();
  readonly #reducedMotion = window.matchMedia('(prefers-reduced-motion: reduce)');
  #view: LiveView | PictureView | undefined;

  constructor(context: LensContext, modelWatch: ModelWatch, lock: ThingLock) {
    this.#context = context;
    this.#modelWatch = modelWatch;
    this.#lock = lock;
    this.text = new ShownText({
      onLines: (lines) => context.store.dispatch({ type: 'textLines', lines }),
      onSelected: () => this.#view?.redraw(),
    });
  }

  get live(): LiveView | undefined {
    return this.#view instanceof LiveView ? this.#view : undefined;
  }

  get picture(): PictureView | undefined {
    return this.#view instanceof PictureView ? this.#view : undefined;
  }

  get magnifier(): Magnifier | undefined {
    return this.#view?.magnifier;
  }

  /** Shows a live source, which it releases when it is taken down. */
  showLive(source: LiveSource, { onPaused, onInterrupted, onStalled, onEnded }: LiveEvents): void {
    const { elements, store, recognizer, codes, meter, sharing, onFirstLabels, observer } = this.#context;
    this.takeDown();
    meter.reset(performance.now());
    this.startRecognizer();
    this.#modelWatch.start();
    const cameraId = source.kind === 'camera' ? source.deviceId : undefined;
    const mirrored = source.kind === 'camera' && (readMirrored(source.deviceId) ?? source.facing === 'user');
    store.dispatch({ type: 'backend', report: recognizer.report });
    store.dispatch({ type: 'live', source: source.kind, mirrored, cameraId });
    this.#view = new LiveView({
      source,
      mirrored,
      recognizer,
      codes,
      video: elements.video,
      overlay: elements.overlay,
      reducedMotion: () => this.#reducedMotion.matches,
      minScore: () => confidence(store.getState()).value,
      lock: this.#lock,
      text: this.text,
      onLabels: (labels) => this.#announce(labels),
      onCodes: (found) => store.dispatch({ type: 'foundCodes', codes: found }),
      onDrawn: (frameLabels, nowMs) => {
        const { capturedAtMs, trace } = frameLabels;
        observer?.onDrawn(frameLabels, nowMs);
        meter.add({ nowMs, ageMs: nowMs - capturedAtMs, split: splitAge(trace, nowMs) });
        onFirstLabels();
      },
      onCodesDrawn: (capturedAtMs, nowMs) => {
        // Next to a model, what is measured is the model's.
        if (store.getState().codes !== 'only') return;
        meter.add({ nowMs, ageMs: nowMs - capturedAtMs, split: undefined });
      },
      onShown: (capturedAtMs, labels) => {
        observer?.onShown(capturedAtMs, elements.video);
        // What else a person opens (a video, a shared screen) is not the camera that may be shown.
        if (source.kind === 'camera') sharing.shown({ video: elements.video, capturedAtMs, labels });
      },
      onStill: () => meter.still(performance.now()),
      onMagnified: (scale) => store.dispatch({ type: 'magnified', scale: Math.round(scale * 10) / 10 }),
      onPaused,
      onInterrupted,
      onStalled,
      onEnded,
    });
    this.showSeenPart();
  }

  /** Shows a picture that a person opened, and nothing live any more. The picture's view revokes the URL. */
  showPicture(picture: OpenedPicture): void {
    this.rest();
    this.#show(picture, undefined);
  }

  /**
   * Shows a moment of the live source instead of it.
   * @returns the source, which goes on, and is the caller's from now on; undefined where nothing was live
   */
  freeze(picture: OpenedPicture): LiveSource | undefined {
    const source = this.live?.detach();
    this.takeDown();
    this.#show(picture, source?.kind);
    return source;
  }

  /** What is in view, in 0..1 of what is shown; undefined: all of it. */
  get partInView(): Box | undefined {
    return this.#view?.partInView;
  }

  /** What is shown where the page was tapped, CSS pixels. */
  thingAt(tap: { x: number; y: number }): Label | undefined {
    return this.#view?.thingAt(tap);
  }

  /** The line of text at a point of the page, CSS pixels. */
  lineAt(point: { x: number; y: number }): Label | undefined {
    return this.#view?.lineAt(point);
  }

  #show({ file, url }: OpenedPicture, frozen: LiveKind | undefined): void {
    const { elements, store, codes, pixels } = this.#context;
    store.dispatch({ type: 'notice', notice: undefined });
    store.dispatch({ type: 'view', view: { kind: 'picture', phase: { kind: 'looking' }, frozen } });
    this.#view = new PictureView({
      url,
      fileName: file.name,
      isCanvasTrue: () => pixels.access !== 'video-frame',
      image: elements.picture,
      overlay: elements.overlay,
      recognize: (image, signal) =>
        withPictureFile(file, image, (picture) => recognizePicture(this.#context, picture, file, signal)),
      lock: this.#lock,
      text: this.text,
      readCodes: async (image) => {
        await pixels.ready;
        return codes.readStill(await createImageBitmap(image));
      },
      minScore: () => confidence(store.getState()).value,
      onPhase: (phase) => store.dispatch({ type: 'picture', phase }),
      onModel: (model) => store.dispatch({ type: 'model', model }),
      onCodes: (found) => store.dispatch({ type: 'foundCodes', codes: found }),
      onLabels: (labels) => {
        const { seen } = words();
        elements.announcer.textContent = describe(labels, seen) || seen.nothingFound;
      },
    });
  }

  /** Tries at once again: to reach the server for the live picture, or to label the still one. */
  retry(): void {
    if (this.picture) {
      this.picture.ask();
    } else if (this.live) {
      this.startRecognizer();
      this.#context.recognizer.retryNow();
    }
  }

  /** Unless pixels cannot be read, when noise would get labels too, or only codes are wanted. */
  startRecognizer(): void {
    const { pixels, recognizer, store } = this.#context;
    if (pixels.access !== 'none' && store.getState().codes !== 'only') recognizer.start();
  }

  /** Shows which part of the live picture the model sees. */
  showSeenPart(): void {
    this.live?.setModelInput(this.#context.store.getState().model?.input);
  }

  /** Nothing live any more: neither a source nor a session at the server. */
  rest(): void {
    const { recognizer, local } = this.#context;
    this.takeDown();
    recognizer.stop();
    local.release();
    this.#modelWatch.stop();
  }

  /** Empties the screen. Idempotent. */
  takeDown(): void {
    this.#lock.release();
    this.#view?.close();
    this.#view = undefined;
    this.text.clear();
    this.#context.store.dispatch({ type: 'foundCodes', codes: [] });
  }

  #announce(labels: readonly Label[]): void {
    const { model } = this.#context.store.getState();
    // Of names that exclude each other only the best is announced.
    const announced = labels.filter(
      ({ box }, index) => box !== undefined || index === 0 || model?.multiLabel,
    );
    const text = this.#announcer.update(announced, performance.now(), words().seen);
    const { vibrates } = this.#context.store.getState();
    const isLocked = this.#lockTick.update(announced, performance.now());
    if (isLocked && vibrates === true && !this.#reducedMotion.matches) vibrate();
    if (text !== undefined) this.#context.elements.announcer.textContent = text;
  }
}
