import { splitAge } from '../../client/stream/frameAge.ts';
import type { LinkReading } from '../../client/stream/linkMeter.ts';
import { MAX_ALSO } from '../../protocol/frame.ts';
import type { Label } from '../../protocol/messages.ts';
import { keepToken, takeToken } from '../access/token.ts';
import { typedToken } from '../access/typedToken.ts';
import { serverUrl } from '../browser/basePath.ts';
import { createStore, type Store } from '../browser/store.ts';
import { cameraPermission, listCameras, onCamerasChange } from '../capture/cameras.ts';
import { createFrameEncoder } from '../capture/frameEncoder.ts';
import {
  type CameraRequest,
  type Facing,
  type LiveSource,
  openCamera,
  openScreen,
  openVideoFile,
  releaseSource,
} from '../capture/liveSource.ts';
import { type DecodedPicture, withPictureFile } from '../capture/pictureFile.ts';
import { Device } from '../device/library/device.ts';
import { openSession } from '../device/runtime/openSession.ts';
import { Announcer, describe } from '../overlay/announcer.ts';
import { type AutoRecognizer, createAutoRecognizer } from '../recognizers/autoRecognizer.ts';
import type { BackendMode, Comparison } from '../recognizers/backend.ts';
import { createLocalRecognizer, type LocalRecognizer } from '../recognizers/localRecognizer.ts';
import { createRemoteRecognizer } from '../recognizers/remoteRecognizer.ts';
import { onLanguage, words } from '../ui/words/words.ts';
import { confidence, INITIAL_STATE, type LensEvent, type LensState, lensReducer } from './lensState.ts';
import { LiveView } from './liveView.ts';
import { openPictureFile, PictureView } from './pictureView.ts';
import { type PixelAccess, PixelCheck } from './pixelCheck.ts';
import {
  lookAtPicture,
  lookHere,
  problemOf,
  type SeenPicture,
  UnreadablePictureError,
} from './predictPicture.ts';
import {
  readMinScore,
  readMirrored,
  readPreferences,
  rememberMinScore,
  rememberMirrored,
  rememberPreference,
} from './preferences.ts';
import { type StreamDetail, StreamMeter, type StreamReading } from './streamMeter.ts';
import { cameraUnavailableReason, missingFeatures } from './support.ts';
import { afterEnd, afterNoCamera, afterNoScreen, afterUndecodable } from './trouble.ts';

/** The elements that the lens draws into. They stay in the page for as long as the lens lives. */
export interface LensElements {
  video: HTMLVideoElement;
  picture: HTMLImageElement;
  overlay: HTMLElement;
  /** Live region for screen readers. */
  announcer: HTMLElement;
}

/**
 * Everything behind the page: one source at a time, the recognizer, the overlay; commands in, state out. React
 * shows the state and calls the commands; it has no part in frames and boxes.
 */
export class Lens {
  readonly store: Store<LensState, LensEvent> = createStore(lensReducer, INITIAL_STATE);
  /** Resolves when the first labels are on the screen. */
  readonly firstLabels: Promise<void>;
  #onFirstLabels = () => {};
  readonly #elements: LensElements;
  #token = takeToken();
  /** The models that are kept on this device. */
  readonly device: Device;
  readonly #local: LocalRecognizer;
  readonly #recognizer: AutoRecognizer;
  readonly #pixels: PixelCheck;
  readonly #meter = new StreamMeter();
  readonly #announcer = new Announcer();
  readonly #reducedMotion = window.matchMedia('(prefers-reduced-motion: reduce)');
  readonly #disposers: (() => void)[] = [];
  #view: LiveView | PictureView | undefined;
  /** Aborted by each new command: what was under way for the one before then ends without a trace. */
  #command = new AbortController();
  /** Kept after `stop`, for `start`. */
  #videoFile: File | undefined;
  #userPaused = false;
  #unwatchModels = () => {};

  constructor(elements: LensElements) {
    this.#elements = elements;
    this.firstLabels = new Promise((resolve) => {
      this.#onFirstLabels = resolve;
    });
    const token = () => this.#token;
    this.device = new Device({ token, openSession });
    this.#local = createLocalRecognizer({ device: this.device });
    const encoder = createFrameEncoder();
    this.#pixels = new PixelCheck({
      probe: () => encoder.probe(),
      onAccess: (access) => this.#onPixels(access),
      isWanted: () => this.#view !== undefined,
    });
    this.#recognizer = createAutoRecognizer({
      remote: createRemoteRecognizer({ url: serverUrl(''), token, encoder }),
      local: this.#local,
      mode: readPreferences().backend,
    });
  }

  /** What lets this page use the server. */
  get token(): string | undefined {
    return this.#token;
  }

  /** Tries a token that a person gave. */
  giveToken(text: string): void {
    this.#token = typedToken(text);
    keepToken(this.#token);
    this.retry();
  }

  /** Looks at the surroundings, and starts the camera if that was allowed before. */
  begin(): void {
    const missing = missingFeatures();
    if (missing.length > 0) {
      this.#dispatch({ type: 'view', view: { kind: 'unsupported', missing } });
      return;
    }
    const { modelId, secondary, backend } = readPreferences();
    this.#choose(modelId, secondary?.split(',') ?? []);
    this.device.setChosen(backend === 'device');
    this.#dispatch({ type: 'backend', report: this.#recognizer.report });
    // What is kept here can be offered while the server is away.
    void this.device.begin();
    const page = new AbortController();
    const { signal } = page;
    const onReturn = () => this.#onReturn();
    document.addEventListener('visibilitychange', onReturn, { signal });
    // iOS can resume a page without a change of visibility.
    window.addEventListener('pageshow', onReturn, { signal });
    window.addEventListener('focus', onReturn, { signal });
    // The address with the token, opened in the tab that was turned down, changes the fragment only.
    window.addEventListener('hashchange', () => this.#onToken(), { signal });
    window.addEventListener('online', () => this.#recognizer.retryNow(), { signal });
    this.#disposers.push(
      () => page.abort(),
      this.#recognizer.onState((state) => {
        this.#dispatch({ type: 'recognizer', state });
        this.#showSeenPart();
        const { mode, backend } = this.#recognizer.report;
        const isServers = mode === 'auto' && backend === 'server';
        if (state.kind === 'ready' && isServers) this.device.noteVersion(state.model.id, state.model.version);
      }),
      this.#recognizer.onReport((report) => this.#dispatch({ type: 'backend', report })),
      this.#recognizer.onModelLost((why) => this.#onModelLost(why)),
      onCamerasChange(() => void this.#onCamerasChange()),
      onLanguage(() => {
        // A picture that moves is drawn again with its next frame.
        if (this.#view instanceof PictureView) this.#view.refresh();
      }),
    );
    const withheld = cameraUnavailableReason();
    if (withheld === undefined) void this.#startIfAllowed(signal);
    else this.#dispatch({ type: 'view', view: withheld });
  }

  /** Starts the camera that is wished for, else the one used last, else the one that looks at the world. */
  async startCamera(wish: CameraRequest = { deviceId: readPreferences().cameraId }): Promise<void> {
    const signal = this.#newCommand();
    // First: phones lend one camera at a time.
    this.#takeDown();
    this.#dispatch({ type: 'view', view: { kind: 'asking', source: 'camera' } });
    try {
      const source = await openCamera(wish);
      this.#show(source, signal);
    } catch (error) {
      if (!signal.aborted) {
        this.#rest();
        this.#tell(afterNoCamera(error));
      }
    }
    await this.#refreshCameras();
  }

  /** Changes to the given camera and remembers it. */
  chooseCamera(deviceId: string): Promise<void> {
    rememberPreference('cameraId', deviceId);
    return this.startCamera({ deviceId });
  }

  /** Changes between the front and the back camera. */
  async flip(): Promise<void> {
    const source = this.#view instanceof LiveView ? this.#view.source : undefined;
    const facing: Facing = source?.kind === 'camera' && source.facing === 'user' ? 'environment' : 'user';
    await this.startCamera({ facing });
    const { view, cameraId } = this.store.getState();
    if (view.kind === 'live') rememberPreference('cameraId', cameraId);
  }

  /** Asks for a screen, window or tab. What is shown stays until one is chosen. */
  async startScreen(): Promise<void> {
    const signal = this.#newCommand();
    try {
      const source = await openScreen();
      this.#show(source, signal);
    } catch (error) {
      if (!signal.aborted) this.#tell(afterNoScreen(error));
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
        await this.#showPicture(file, signal);
      }
    } catch {
      if (!signal.aborted) this.#tell([afterUndecodable(file)]);
    }
  }

  stop(): void {
    const { view } = this.store.getState();
    if (view.kind !== 'live' && view.kind !== 'asking') return;
    this.#newCommand();
    this.#rest();
    this.#dispatch({ type: 'view', view: { kind: 'stopped', source: view.source } });
  }

  /** Starts again what was stopped; else the camera. */
  start(): Promise<void> {
    const { view } = this.store.getState();
    const source = view.kind === 'stopped' ? view.source : 'camera';
    if (source === 'screen') return this.startScreen();
    if (source === 'video' && this.#videoFile) return this.openFile(this.#videoFile);
    return this.startCamera();
  }

  /** Holds a video, or lets it go on. */
  togglePause(): void {
    const { video } = this.#elements;
    this.#userPaused = !video.paused;
    if (this.#userPaused) video.pause();
    else video.play().catch(() => this.#dispatch({ type: 'paused', paused: true }));
  }

  /** Swaps left and right of the camera picture, and remembers that for this camera. */
  toggleMirrored(): void {
    const view = this.#view;
    if (!(view instanceof LiveView) || view.source.kind !== 'camera') return;
    view.mirrored = !view.mirrored;
    rememberMirrored(view.source.deviceId, view.mirrored);
    this.#dispatch({ type: 'mirrored', mirrored: view.mirrored });
  }

  /** Looks with another model from now on, and remembers that. */
  chooseModel(modelId: string): void {
    rememberPreference('modelId', modelId);
    this.#choose(modelId, this.store.getState().secondary);
    if (this.#view instanceof PictureView) this.#view.ask();
  }

  /** Lets a model look beside the first, or no more, and remembers that. */
  toggleSecondary(id: string): void {
    const { modelId, secondary } = this.store.getState();
    const isOn = secondary.includes(id);
    this.#choose(
      modelId,
      isOn ? secondary.filter((other) => other !== id) : [...secondary, id].slice(-MAX_ALSO),
    );
  }

  /** Says where frames are looked at, and remembers that. */
  setBackendMode(mode: BackendMode): void {
    rememberPreference('backend', mode);
    this.device.setChosen(mode === 'device');
    // Whoever relies on this device wants to find its models here the next time, too.
    if (mode === 'device') void this.device.persist();
    this.#recognizer.setMode(mode);
    if (mode === 'server') this.#local.release();
    if (this.#view instanceof LiveView) this.#watchModels();
    if (this.#view instanceof PictureView) this.#view.ask();
  }

  /** Loads what this device needs to look, so that it is known how well it does; `endMeasuring` frees it. */
  measureDevice(): void {
    this.#local.prepare();
  }

  endMeasuring(): void {
    if (this.#recognizer.report.mode === 'server') this.#local.release();
  }

  /** What both sides deliver. */
  readComparison(): Comparison {
    return this.#recognizer.readComparison();
  }

  /** Lowest score to show, 0..1. */
  setMinScore(minScore: number): void {
    this.#dispatch({ type: 'minScore', minScore });
    const { modelId, secondary } = this.store.getState();
    rememberMinScore(modelId, minScore);
    this.#recognizer.configure({ model: modelId, secondary, minScore });
    if (this.#view instanceof PictureView) this.#view.refresh();
  }

  /** Tries to reach the server at once: for the live picture, or about the picture. */
  retry(): void {
    if (this.#view instanceof PictureView) {
      this.#view.ask();
    } else if (this.#view) {
      this.#startRecognizer();
      this.#recognizer.retryNow();
    }
  }

  /** Called in a press of a button: has the browser ask whether this page may read pixels. */
  askForPixels(): void {
    this.#pixels.ask();
  }

  /** Finds out again whether this page may read pixels. */
  checkPixels(): void {
    void this.#pixels.check();
  }

  dismissNotice(): void {
    this.#dispatch({ type: 'notice', notice: undefined });
  }

  /** How fast labels come, and how old they are. */
  readMeter(): StreamReading {
    return this.#meter.read(performance.now());
  }

  /** Where the age comes from, and what goes over the link. Sorts a few hundred numbers: for who looks at it. */
  readDetail(): { age: StreamDetail | undefined; link: LinkReading | undefined } {
    return { age: this.#meter.detail(performance.now()), link: this.#recognizer.readLink() };
  }

  /** Switches everything off; the lens cannot be used afterwards. Idempotent. */
  close(): void {
    this.#newCommand();
    this.#takeDown();
    for (const dispose of this.#disposers.splice(0)) dispose();
    this.#pixels.close();
    this.#recognizer.close();
    this.device.close();
  }

  async #startIfAllowed(signal: AbortSignal): Promise<void> {
    const permission = await cameraPermission();
    if (permission === undefined || signal.aborted) return;
    // A person who follows the advice to allow the camera should not have to press a button after it.
    const onChange = () => {
      const { kind } = this.store.getState().view;
      if (permission.state === 'granted' && kind === 'denied') void this.startCamera();
    };
    permission.addEventListener('change', onChange, { signal });
    if (permission.state !== 'granted' || this.store.getState().view.kind !== 'welcome') return;
    // The camera takes a moment to start: time enough to connect.
    this.#startRecognizer();
    await this.startCamera();
  }

  #show(source: LiveSource, signal: AbortSignal): void {
    if (signal.aborted) {
      releaseSource(source);
      return;
    }
    this.#takeDown();
    this.#userPaused = false;
    this.#meter.reset(performance.now());
    this.#startRecognizer();
    this.#watchModels();
    const cameraId = source.kind === 'camera' ? source.deviceId : undefined;
    const mirrored = source.kind === 'camera' && (readMirrored(source.deviceId) ?? source.facing === 'user');
    this.#dispatch({ type: 'backend', report: this.#recognizer.report });
    this.#dispatch({ type: 'live', source: source.kind, mirrored, cameraId });
    this.#view = new LiveView({
      source,
      mirrored,
      recognizer: this.#recognizer,
      video: this.#elements.video,
      overlay: this.#elements.overlay,
      reducedMotion: () => this.#reducedMotion.matches,
      minScore: () => confidence(this.store.getState()).value,
      onLabels: (labels) => this.#announce(labels),
      onDrawn: ({ capturedAtMs, trace }, nowMs) => {
        this.#meter.add({ nowMs, ageMs: nowMs - capturedAtMs, split: splitAge(trace, nowMs) });
        this.#onFirstLabels();
      },
      onStill: () => this.#meter.still(performance.now()),
      onPaused: (paused) => this.#dispatch({ type: 'paused', paused }),
      onInterrupted: (interrupted) => this.#dispatch({ type: 'interrupted', interrupted }),
      onStalled: () => void this.#restartCamera(source),
      onEnded: () => this.#onEnded(source),
    });
    this.#showSeenPart();
  }

  async #showPicture(file: File, signal: AbortSignal): Promise<void> {
    const url = await openPictureFile(file);
    if (signal.aborted) {
      URL.revokeObjectURL(url);
      return;
    }
    this.#rest();
    this.dismissNotice();
    this.#dispatch({ type: 'view', view: { kind: 'picture', phase: { kind: 'looking' } } });
    this.#view = new PictureView({
      url,
      image: this.#elements.picture,
      overlay: this.#elements.overlay,
      look: (image, signal) =>
        withPictureFile(file, image, (picture) => this.#lookAtPicture(picture, file, signal)),
      minScore: () => confidence(this.store.getState()).value,
      onPhase: (phase) => this.#dispatch({ type: 'picture', phase }),
      onModel: (model) => this.#dispatch({ type: 'model', model }),
      onLabels: (labels) => {
        const { seen } = words();
        this.#elements.announcer.textContent = describe(labels, seen) || seen.nothingFound;
      },
    });
  }

  async #lookAtPicture(image: DecodedPicture, file: File, signal: AbortSignal): Promise<SeenPicture> {
    const { report } = this.#recognizer;
    this.#dispatch({ type: 'backend', report });
    await this.#pixels.ready;
    const { access } = this.#pixels;
    if (report.mode === 'device') {
      if (access === 'none') throw new UnreadablePictureError('This browser gives no true pixels.');
      return lookHere(image, this.#local, signal);
    }
    const { modelId } = this.store.getState();
    try {
      return await lookAtPicture(access === 'canvas' ? { image } : { file }, {
        modelId,
        token: this.#token,
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      const problem = problemOf(error);
      if (report.mode === 'server' || (problem !== 'unreachable' && problem !== 'busy')) throw error;
      const seen = await lookHere(image, this.#local, signal).catch(() => {
        throw error;
      });
      const kind = problem === 'busy' ? 'server-busy' : 'server-unreachable';
      this.#dispatch({ type: 'backend', report: { ...report, backend: 'device', reason: { kind } } });
      return seen;
    }
  }

  /** Unless there is nothing to look at: noise would get labels too. */
  #startRecognizer(): void {
    if (this.#pixels.access !== 'none') this.#recognizer.start();
  }

  #onPixels(access: PixelAccess): void {
    const { pixels, view } = this.store.getState();
    this.#dispatch({ type: 'pixels', pixels: access });
    if (access === 'none') {
      this.#recognizer.stop();
      return;
    }
    if (pixels !== 'none') return;
    const isUnread =
      view.kind === 'picture' && view.phase.kind === 'failed' && view.phase.problem === 'unreadable';
    if (this.#view instanceof LiveView || isUnread) this.retry();
  }

  /** Keeps the device's models up to date while something is live: after the first labels, which come first. */
  #watchModels(): void {
    this.#unwatchModels();
    let unwatch = () => {};
    let isOver = false;
    this.#unwatchModels = () => {
      isOver = true;
      unwatch();
    };
    void this.firstLabels.then(() => {
      const isWanted = this.#recognizer.report.mode !== 'server';
      if (!isOver && isWanted) unwatch = this.device.watch();
    });
  }

  #restartCamera(source: LiveSource): Promise<void> {
    const { deviceId, facing } = source.kind === 'camera' ? source : {};
    return this.startCamera({ deviceId, facing });
  }

  #onEnded({ kind }: LiveSource): void {
    // Taken away behind the page's back, as iOS does: the return to the page takes it anew.
    if (kind === 'camera' && document.hidden) return;
    this.#rest();
    this.#tell(afterEnd(kind));
  }

  #tell(events: readonly LensEvent[]): void {
    for (const event of events) this.#dispatch(event);
  }

  #onToken(): void {
    const token = takeToken();
    if (token === this.#token) return;
    this.#token = token;
    this.retry();
  }

  #onReturn(): void {
    if (document.hidden) return;
    this.#recognizer.retryNow();
    if (this.#view instanceof LiveView) this.#view.resume(this.#userPaused);
  }

  async #refreshCameras(): Promise<void> {
    this.#dispatch({ type: 'cameras', cameras: await listCameras().catch(() => []) });
  }

  async #onCamerasChange(): Promise<void> {
    await this.#refreshCameras();
    const { view, cameras } = this.store.getState();
    // The camera that was missing has been plugged in.
    if (view.kind === 'no-camera' && cameras.length > 0) await this.startCamera();
  }

  #choose(modelId: string | undefined, beside: readonly string[]): void {
    const minScore = readMinScore(modelId);
    const secondary = beside.filter((id) => id !== modelId);
    rememberPreference('secondary', secondary.length > 0 ? secondary.join() : undefined);
    this.#dispatch({ type: 'chosen', modelId, secondary, minScore });
    this.#recognizer.configure({ model: modelId, secondary, minScore });
  }

  #onModelLost(why: string): void {
    rememberPreference('modelId', undefined);
    this.#choose(undefined, []);
    this.#dispatch({
      type: 'notice',
      notice: ({ notices, errors }) => ({
        title: notices.switched,
        text: '',
        english: { text: why, meaning: errors.meaning('no_model') },
      }),
    });
  }

  #showSeenPart(): void {
    if (this.#view instanceof LiveView) this.#view.lookWith(this.store.getState().model?.input);
  }

  #announce(labels: readonly Label[]): void {
    const { model } = this.store.getState();
    // Of names that exclude each other only the best is said.
    const said = labels.filter(({ box }, index) => box !== undefined || index === 0 || model?.multiLabel);
    const text = this.#announcer.see(said, performance.now(), words().seen);
    if (text !== undefined) this.#elements.announcer.textContent = text;
  }

  #newCommand(): AbortSignal {
    this.#command.abort();
    this.#command = new AbortController();
    return this.#command.signal;
  }

  /** Nothing live any more: neither a source nor a session at the server. */
  #rest(): void {
    this.#takeDown();
    this.#recognizer.stop();
    this.#local.release();
    this.#unwatchModels();
  }

  #takeDown(): void {
    this.#view?.close();
    this.#view = undefined;
  }

  #dispatch(event: LensEvent): void {
    this.store.dispatch(event);
  }
}
