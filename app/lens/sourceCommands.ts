import { isInFragment } from '../browser/fragment.ts';
import { cameraPermission, listCameras } from '../capture/cameras.ts';
import {
  type CameraRequest,
  type Facing,
  type LiveSource,
  openCamera,
  openScreen,
  openVideoFile,
  releaseSource,
} from '../capture/liveSource.ts';
import { stillName } from '../capture/stillName.ts';
import { takeStill } from '../capture/takeStill.ts';
import { wantsDemo } from '../demo/demoAddress.ts';
import { openDemo } from '../demo/openDemo.ts';
import type { CameraCommands } from './cameraCommands.ts';
import type { LensContext } from './lensContext.ts';
import type { LensScreen } from './lensScreen.ts';
import type { LensEvent } from './lensState.ts';
import { openPictureFile } from './pictureView.ts';
import { readPreferences, rememberMirrored, rememberPreference } from './preferences.ts';
import {
  afterEnd,
  afterFalsifiedDemo,
  afterNoCamera,
  afterNoDemo,
  afterNoFreeze,
  afterNoScreen,
  afterUndecodable,
} from './sourceOutcomes.ts';
import { cameraUnavailableReason } from './support.ts';

/** The commands on the source: camera, screen, video or picture, one at a time. */
export class SourceCommands {
  readonly #context: LensContext;
  readonly #screen: LensScreen;
  readonly #camera: CameraCommands;
  /** Aborted by each new command: what is pending for the previous one then ends without a trace. */
  #command = new AbortController();
  /** Kept after `stop`, for `start`. */
  #videoFile: File | undefined;
  #userPaused = false;
  #wasAskedForCanvas = false;
  /** What is live behind a frozen picture. */
  #held: { readonly source: LiveSource; readonly atS: number } | undefined;

  constructor(context: LensContext, screen: LensScreen, camera: CameraCommands) {
    this.#context = context;
    this.#screen = screen;
    this.#camera = camera;
  }

  /**
   * Shows what the page opens with: the demo if the address asks for it, else the camera if that was allowed before, or if a
   * phone scanned the code that is there to make it the camera.
   */
  begin(signal: AbortSignal): void {
    const isDemo = wantsDemo(location.search);
    const isScanned = isInFragment('pair');
    const withheld = cameraUnavailableReason();
    if (isDemo) void this.startDemo();
    else if (withheld) this.#context.store.dispatch({ type: 'view', view: withheld });
    else if (isScanned) this.#startAtOnce();
    if (withheld === undefined) void this.#watchPermission({ startNow: !isDemo && !isScanned }, signal);
  }

  #startAtOnce(): void {
    // The camera takes a moment to start: time enough to connect.
    this.#screen.startRecognizer();
    void this.startCamera();
  }

  /** Starts the camera if that was allowed before, or once a person follows the advice to allow it. */
  async #watchPermission({ startNow }: { startNow: boolean }, signal: AbortSignal): Promise<void> {
    const command = this.#command;
    const permission = await cameraPermission();
    if (permission === undefined || signal.aborted) return;
    // A person who follows the advice to allow the camera should not have to press a button after it.
    const onChange = () => {
      const { kind } = this.#context.store.getState().view;
      if (permission.state === 'granted' && kind === 'denied') void this.startCamera();
    };
    permission.addEventListener('change', onChange, { signal });
    if (!startNow || permission.state !== 'granted') return;
    // A person was quicker, whose picture may still be on its way to the screen.
    if (this.#command !== command) return;
    if (this.#context.store.getState().view.kind !== 'welcome') return;
    this.#startAtOnce();
  }

  /** Starts the requested camera, else the one used last, else the back camera. */
  async startCamera(request: CameraRequest = { deviceId: readPreferences().cameraId }): Promise<void> {
    const signal = this.#newCommand();
    // First: phones lend one camera at a time.
    this.#screen.takeDown();
    this.#context.store.dispatch({ type: 'view', view: { kind: 'asking', source: 'camera' } });
    try {
      const source = await openCamera(request);
      this.#show(source, signal);
    } catch (error) {
      if (!signal.aborted) {
        this.#screen.rest();
        this.#dispatchAll(afterNoCamera(error));
      }
    }
    await this.refreshCameras();
  }

  /** Changes to the given camera and remembers it. */
  chooseCamera(deviceId: string): Promise<void> {
    rememberPreference('cameraId', deviceId);
    return this.startCamera({ deviceId });
  }

  /** Changes between the front and the back camera. */
  async flip(): Promise<void> {
    const source = this.#screen.live?.source;
    const facing: Facing = source?.kind === 'camera' && source.facing === 'user' ? 'environment' : 'user';
    await this.startCamera({ facing });
    const { view, cameraId } = this.#context.store.getState();
    if (view.kind === 'live') rememberPreference('cameraId', cameraId);
  }

  /** Asks for a screen, window or tab. What is shown stays until one is chosen. */
  async startScreen(): Promise<void> {
    const signal = this.#newCommand();
    try {
      const source = await openScreen();
      this.#show(source, signal);
    } catch (error) {
      if (!signal.aborted) this.#dispatchAll(afterNoScreen(error));
    }
  }

  /** Shows the built-in footage. What is shown stays until it is loaded. */
  async startDemo(): Promise<void> {
    const signal = this.#newCommand();
    try {
      if (!(await this.#isCanvasTrue())) {
        if (!signal.aborted) this.#dispatchAll(afterFalsifiedDemo());
        return;
      }
      const source = await openDemo();
      this.#show(source, signal);
    } catch {
      if (!signal.aborted) this.#dispatchAll(afterNoDemo());
    }
  }

  /** Shows a picture or plays a video. What is shown stays if the file cannot be read. */
  async openFile(file: File): Promise<void> {
    const signal = this.#newCommand();
    try {
      if (file.type.startsWith('video/')) {
        const source = await openVideoFile(file);
        this.#videoFile = file;
        this.#show(source, signal);
      } else {
        const url = await openPictureFile(file);
        if (signal.aborted) URL.revokeObjectURL(url);
        else this.#screen.showPicture({ file, url });
      }
    } catch {
      if (!signal.aborted) this.#dispatchAll([afterUndecodable(file)]);
    }
  }

  /** Holds the moment that is live, in all the pixels that there are. */
  async freeze(): Promise<void> {
    const { elements, pixels, store } = this.#context;
    const source = this.#screen.live?.source;
    if (source === undefined || elements.video.videoWidth === 0) return;
    const signal = this.#newCommand();
    const atS = elements.video.currentTime;
    try {
      const picture = await takeStill(elements.video, source, pixels.access !== 'video-frame');
      const file = new File([picture], stillName(new Date(), picture.type), { type: picture.type });
      const url = await openPictureFile(file);
      if (signal.aborted) {
        URL.revokeObjectURL(url);
        return;
      }
      const held = this.#screen.freeze({ file, url });
      this.#held = held && { source: held, atS };
      void this.#context.history.add({ kind: 'moment', label: '' }, picture);
    } catch {
      if (!signal.aborted) store.dispatch(afterNoFreeze());
    }
  }

  /** Leaves a frozen picture for what was live before it. */
  async unfreeze(): Promise<void> {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    const signal = this.#newCommand();
    const { source, atS } = held;
    if (source.kind === 'video') {
      const { video } = this.#context.elements;
      const goOn = () => {
        video.currentTime = atS;
      };
      video.addEventListener('loadedmetadata', goOn, { once: true, signal });
    } else if (source.stream.getVideoTracks().every(({ readyState }) => readyState === 'ended')) {
      // It was unplugged, or its sharing was ended, behind the picture.
      releaseSource(source);
      if (source.kind === 'camera') return this.#restartCamera(source);
      this.#screen.rest();
      this.#dispatchAll(afterEnd(source.kind));
      return;
    }
    this.#show(source, signal);
  }

  stop(): void {
    const { view } = this.#context.store.getState();
    if (view.kind !== 'live' && view.kind !== 'asking') return;
    this.#newCommand();
    this.#screen.rest();
    this.#context.store.dispatch({ type: 'view', view: { kind: 'stopped', source: view.source } });
  }

  /** Starts again what was stopped; else the camera. */
  start(): Promise<void> {
    const { view } = this.#context.store.getState();
    const source = view.kind === 'stopped' ? view.source : 'camera';
    if (source === 'screen') return this.startScreen();
    if (source === 'demo') return this.startDemo();
    if (source === 'video' && this.#videoFile) return this.openFile(this.#videoFile);
    return this.startCamera();
  }

  /** Holds a video, or lets it go on. */
  togglePause(): void {
    const { video } = this.#context.elements;
    this.#userPaused = !video.paused;
    if (this.#userPaused) video.pause();
    else video.play().catch(() => this.#context.store.dispatch({ type: 'paused', paused: true }));
  }

  /** Swaps left and right of the camera picture, and remembers that for this camera. */
  toggleMirrored(): void {
    const view = this.#screen.live;
    if (view?.source.kind !== 'camera') return;
    view.mirrored = !view.mirrored;
    rememberMirrored(view.source.deviceId, view.mirrored);
    this.#context.store.dispatch({ type: 'mirrored', mirrored: view.mirrored });
  }

  /** The page is back on screen. */
  resume(): void {
    this.#screen.live?.resume(this.#userPaused);
  }

  /** Ends what is pending, and what is on the screen. Idempotent. */
  close(): void {
    this.#newCommand();
    this.#screen.takeDown();
  }

  /** Reads which cameras there are. */
  async refreshCameras(): Promise<void> {
    this.#context.store.dispatch({ type: 'cameras', cameras: await listCameras().catch(() => []) });
  }

  async onCamerasChange(): Promise<void> {
    await this.refreshCameras();
    const { view, cameras } = this.#context.store.getState();
    // The camera that was missing has been plugged in.
    if (view.kind === 'no-camera' && cameras.length > 0) await this.startCamera();
  }

  /**
   * Whether what is drawn on a canvas can be shown: what a canvas streams is falsified where what is read from it is. Has
   * the browser ask the person the first time, which it does only in the press itself, and looks again the next time.
   */
  async #isCanvasTrue(): Promise<boolean> {
    const { pixels } = this.#context;
    const isFalse = () => pixels.access === 'none' || pixels.access === 'video-frame';
    if (isFalse() && !this.#wasAskedForCanvas) {
      this.#wasAskedForCanvas = true;
      pixels.ask();
      return false;
    }
    await (isFalse() ? pixels.check() : pixels.ready);
    return !isFalse();
  }

  #show(source: LiveSource, signal: AbortSignal): void {
    if (signal.aborted) {
      releaseSource(source);
      return;
    }
    const { dispatch } = this.#context.store;
    this.#userPaused = false;
    this.#screen.showLive(source, {
      onPaused: (paused) => dispatch({ type: 'paused', paused }),
      onInterrupted: (interrupted) => dispatch({ type: 'interrupted', interrupted }),
      onStalled: () => void this.#restartCamera(source),
      onEnded: () => this.#onEnded(source),
    });
    this.#camera.attach(source);
  }

  #restartCamera(source: LiveSource): Promise<void> {
    const { deviceId, facing } = source.kind === 'camera' ? source : {};
    return this.startCamera({ deviceId, facing });
  }

  #onEnded({ kind }: LiveSource): void {
    // Ended behind the page's back, as iOS does: the return to the page opens it again.
    if (kind === 'camera' && document.hidden) return;
    this.#screen.rest();
    this.#dispatchAll(afterEnd(kind));
  }

  #dispatchAll(events: readonly LensEvent[]): void {
    for (const event of events) this.#context.store.dispatch(event);
  }

  #newCommand(): AbortSignal {
    this.#command.abort();
    if (this.#held) releaseSource(this.#held.source);
    this.#held = undefined;
    this.#command = new AbortController();
    return this.#command.signal;
  }
}
