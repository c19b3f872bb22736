import type { Label, ModelInfo } from '../../protocol/messages.ts';
import { type Box, boxOnScreen } from '../../vision/geometry.ts';
import { attachSource, type SourceEvents } from '../capture/attachSource.ts';
import { type PicturePoint, pointInPicture } from '../capture/controls/pointInPicture.ts';
import { grabFrames } from '../capture/grabFrames.ts';
import { type LiveKind, type LiveSource, releaseSource } from '../capture/liveSource.ts';
import type { CodeScanner } from '../codes/codeScanner.ts';
import { Magnifier } from '../freeze/magnifier.ts';
import type { Zoom } from '../freeze/zoomPan.ts';
import { LiveOverlay } from '../overlay/liveOverlay.ts';
import { SeenPart } from '../overlay/seenPart.ts';
import { isLineOfText, type ShownLabel } from '../overlay/trackBoard.ts';
import { type ContentLayout, watchContentRect } from '../overlay/watchContentRect.ts';
import type { FrameLabels, Recognizer } from '../recognizers/recognizer.ts';
import { FramesInView } from './framesInView.ts';
import type { CodesMode } from './modes.ts';
import type { ShownText } from './shownText.ts';
import { tapSlack, tapTarget } from './tapTarget.ts';
import type { ThingLock } from './thingLock.ts';
import { holdWakeLock } from './wakeLock.ts';

/** A camera without a new picture for this long has been lost without an event; iOS does that. */
const STALL_MS = 5000;
const STALL_CHECK_MS = 1000;

export interface LiveViewOptions extends SourceEvents {
  video: HTMLVideoElement;
  overlay: HTMLElement;
  source: LiveSource;
  recognizer: Recognizer;
  codes: CodeScanner;
  mirrored: boolean;
  reducedMotion(): boolean;
  /** The lowest score to show, 0..1. */
  minScore(): number;
  /** Takes the things that a person presses, and says which one is locked. */
  lock: ThingLock;
  /** Is given the lines of text that are shown, and knows which of them are selected. */
  text: ShownText;
  /** The camera gives no pictures any more. */
  onStalled(): void;
  onLabels(labels: readonly Label[]): void;
  /** Other codes are in sight than before. */
  onCodes(codes: readonly Label[]): void;
  /** A result was drawn the first time, at `drawnAtMs` of the page's clock. */
  onDrawn(frameLabels: FrameLabels, drawnAtMs: number): void;
  /** Codes were read, and what was read is drawn, at `drawnAtMs` of the page's clock. */
  onCodesDrawn(capturedAtMs: number, drawnAtMs: number): void;
  /** A picture is on the screen, captured at `capturedAtMs` of the page's clock, with its labels. */
  onShown(capturedAtMs: number, labels: () => readonly ShownLabel[]): void;
  /** Nothing moves: the labels hold, and nothing was sent. */
  onStill(): void;
  /** The picture is magnified by this much; 1: all of it is shown. */
  onMagnified(scale: number): void;
}

/** Whether the picture covers the whole screen, always moves, and may lose its edges; as Livelens.module.css lays it out. */
const fillsScreen = (kind: LiveKind) => kind === 'camera' || kind === 'demo';

/** A moving picture on screen with its labels: from the source to the recognizer, and back to the overlay. */
export class LiveView {
  readonly source: LiveSource;
  /** Shows a part of the picture, which the models then see in the source's own pixels. */
  readonly magnifier: Magnifier;
  #mirrored: boolean;
  readonly #options: LiveViewOptions;
  readonly #overlay: LiveOverlay;
  readonly #seenPart: SeenPart;
  readonly #disposers: (() => void)[];
  #layout: ContentLayout | undefined;
  #isDetached = false;
  #lastShownMs = performance.now();
  #things: readonly Label[] = [];
  #codes: readonly Label[] = [];

  constructor(options: LiveViewOptions) {
    const { video, source, recognizer, codes, lock, text } = options;
    this.#options = options;
    this.source = source;
    this.#mirrored = options.mirrored;
    const inView = new FramesInView();
    this.magnifier = new Magnifier(
      () => options.overlay.getBoundingClientRect(),
      (zoom) => this.#magnify(zoom),
    );
    const overlay = new LiveOverlay({
      root: options.overlay,
      frame: () => {
        const { content } = this.magnifier;
        return this.#layout && content && { ...this.#layout, content, mirrored: this.mirrored };
      },
      reducedMotion: options.reducedMotion,
      minScore: options.minScore,
      onActivate: (label) => lock.toggle(label),
      lines: text,
      lockedAmong(shown) {
        text.see(shown, { width: video.videoWidth, height: video.videoHeight });
        return lock.among(shown);
      },
      onDrawn: options.onDrawn,
      onCodesDrawn: ({ capturedAtMs }, drawnAtMs) => options.onCodesDrawn(capturedAtMs, drawnAtMs),
    });
    this.#overlay = overlay;
    this.#seenPart = new SeenPart(options.overlay);
    const stallCheck = setInterval(() => this.#checkStall(), STALL_CHECK_MS);
    const onLabels = () => options.onLabels([...this.#things, ...this.#codes]);
    this.#disposers = [
      () => clearInterval(stallCheck),
      holdWakeLock(),
      // Before the source is attached: its first events must not be missed.
      watchContentRect(video, fillsScreen(source.kind) ? 'cover' : 'contain', (layout) => {
        this.#layout = layout;
        this.magnifier.setLayout(layout);
      }),
      grabFrames({
        video,
        grabbers: [{ sink: inView.before(recognizer), part: () => this.partInView }, { sink: codes }],
        repeatStill: !fillsScreen(source.kind),
        onShown: (capturedAtMs) => {
          this.#lastShownMs = performance.now();
          overlay.show(capturedAtMs);
          options.onShown(capturedAtMs, () => overlay.shown());
        },
      }),
      recognizer.onLabels((frameLabels) => {
        const labels = inView.inSource(frameLabels.labels, frameLabels.capturedAtMs);
        overlay.update({ ...frameLabels, labels });
        this.#things = labels;
        onLabels();
      }),
      codes.onLabels((read) => {
        overlay.updateCodes(read);
        const before = this.#codes;
        this.#setCodes(read.labels);
        if (read.labels.length + before.length > 0) onLabels();
      }),
      recognizer.onUnchanged(({ capturedAtMs, modelIndexes }) => {
        overlay.confirm(capturedAtMs, modelIndexes);
        options.onStill();
      }),
      attachSource(video, source, options),
      () => this.magnifier.reset(),
      () => overlay.close(),
      () => this.#seenPart.close(),
      () => {
        if (!this.#isDetached) releaseSource(source);
      },
    ];
  }

  get mirrored(): boolean {
    return this.#mirrored;
  }

  set mirrored(mirrored: boolean) {
    this.#mirrored = mirrored;
    this.#placeSeenPart();
  }

  /** Codes are read alone from now on, or with all else: what is no longer looked for is forgotten. */
  setCodesMode(mode: CodesMode): void {
    if (mode === 'only') this.#things = [];
  }

  /** Shows which part of the picture the model sees; undefined while no model is in use. */
  setModelInput(input: ModelInfo['input'] | undefined): void {
    this.#seenPart.setInput(input);
  }

  /** Where a point of the page, CSS pixels, is in the source's own picture; undefined outside it. */
  pointAt(point: { x: number; y: number }): PicturePoint | undefined {
    const { content } = this.magnifier;
    if (content === undefined) return undefined;
    const { left, top } = this.#options.overlay.getBoundingClientRect();
    return pointInPicture(point, { ...content, x: left + content.x, y: top + content.y }, this.mirrored);
  }

  /** What is shown where the page was tapped, CSS pixels. */
  thingAt(tap: { x: number; y: number }): Label | undefined {
    return this.#targetAt(tap, this.#overlay.shown());
  }

  /** The line of text at a point of the page, CSS pixels. */
  lineAt(point: { x: number; y: number }): Label | undefined {
    return this.#targetAt(point, this.#overlay.shown().filter(isLineOfText));
  }

  /** Draws the labels again, such as after others were selected. */
  redraw(): void {
    this.#overlay.redraw();
  }

  /** What is in view, in 0..1 of the picture; undefined: all of it. */
  get partInView(): Box | undefined {
    return this.magnifier.partInWindow(this.mirrored);
  }

  /** The source is the caller's from now on: `close` leaves it as it is. */
  detach(): LiveSource {
    this.#isDetached = true;
    return this.source;
  }

  /** The page is back on screen: the system may have paused the element, or ended the camera without a word. */
  resume(userPaused: boolean): void {
    this.#lastShownMs = performance.now();
    const { video, onStalled } = this.#options;
    const isEnded =
      this.source.kind === 'camera' &&
      this.source.stream.getVideoTracks().every((track) => track.readyState === 'ended');
    if (isEnded) onStalled();
    else if (video.paused && !userPaused) video.play().catch(() => this.#options.onPaused(true));
  }

  /** Empties the screen and switches the camera off. Idempotent. */
  close(): void {
    for (const dispose of this.#disposers.splice(0)) dispose();
  }

  #targetAt(at: { x: number; y: number }, shown: readonly ShownLabel[]): Label | undefined {
    const point = this.pointAt(at);
    const { content } = this.magnifier;
    return point && content && tapTarget(shown, point, tapSlack(content));
  }

  #magnify({ scale, x, y }: Zoom): void {
    const { video, onMagnified, recognizer } = this.#options;
    const isMagnified = scale > 1;
    // Around its middle, unlike `zoomAt`: there it is mirrored, too.
    const { width = 0, height = 0 } = this.#layout?.viewport ?? {};
    const [toX, toY] = [x + (width / 2) * (scale - 1), y + (height / 2) * (scale - 1)];
    video.style.translate = isMagnified ? `${toX}px ${toY}px` : '';
    video.style.scale = isMagnified ? String(scale) : '';
    // The part that is in view is the closer look.
    if (isMagnified && !video.hasAttribute('data-zoomed')) recognizer.lookCloser(undefined);
    video.toggleAttribute('data-zoomed', isMagnified);
    this.#placeSeenPart();
    this.#overlay.redraw();
    onMagnified(scale);
  }

  /** What is dimmed lies around what the model sees of the frame, which shows the part in view. */
  #placeSeenPart(): void {
    const { content } = this.magnifier;
    if (this.#layout === undefined || content === undefined) return;
    const { size, viewport } = this.#layout;
    const part = this.partInView;
    if (part === undefined) {
      this.#seenPart.setLayout({ content, size, viewport });
      return;
    }
    this.#seenPart.setLayout({
      content: boxOnScreen(part, content, this.mirrored),
      size: { width: size.width * part[2], height: size.height * part[3] },
      viewport,
    });
  }

  #setCodes(codes: readonly Label[]): void {
    const isSame = codes.map(({ id }) => id).join() === this.#codes.map(({ id }) => id).join();
    this.#codes = codes;
    if (!isSame) this.#options.onCodes(codes);
  }

  #checkStall(): void {
    const { source } = this;
    if (source.kind !== 'camera' || document.hidden) return;
    // While the system holds the camera there is nothing to restart.
    if (source.stream.getVideoTracks().some((track) => track.muted)) return;
    if (performance.now() - this.#lastShownMs > STALL_MS) {
      this.#lastShownMs = performance.now();
      this.#options.onStalled();
    }
  }
}
