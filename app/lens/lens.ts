import type { Head } from '../../vision/things/head.ts';
import { keepToken, takeToken } from '../access/token.ts';
import { typedToken } from '../access/typedToken.ts';
import type { Store } from '../browser/store.ts';
import type { CameraChange } from '../capture/controls/cameraSetter.ts';
import type { CameraRequest } from '../capture/liveSource.ts';
import type { Device } from '../device/library/device.ts';
import type { History } from '../history/history.ts';
import type { BackendMode, Comparison } from '../recognizers/backend.ts';
import type { CameraSharing } from '../share/cameraSharing.ts';
import { CameraCommands } from './cameraCommands.ts';
import { createLensContext, type LensContext, type LensElements, type LensObserver } from './lensContext.ts';
import { LensScreen } from './lensScreen.ts';
import type { LensEvent, LensState, OpenedContent } from './lensState.ts';
import { LensTeaching } from './lensTeaching.ts';
import { ModelSelectionCommands } from './modelSelectionCommands.ts';
import { ModelWatch } from './modelWatch.ts';
import type { Mode } from './modes.ts';
import { watchPageEvents } from './pageEvents.ts';
import type { PictureView } from './pictureView.ts';
import type { PixelAccess } from './pixelCheck.ts';
import { readPreferences } from './preferences.ts';
import { SourceCommands } from './sourceCommands.ts';
import type { StreamReading } from './streamMeter.ts';
import { readStream, type StreamReport } from './streamReport.ts';
import { missingFeatures } from './support.ts';
import { ThingLock } from './thingLock.ts';

/**
 * Everything behind the page: one source at a time, the recognizer, the overlay; commands in, state out. React
 * shows the state and calls the commands; it has no part in frames and boxes.
 */
export class Lens {
  /** For teaching things. */
  readonly teaching: LensTeaching;
  readonly #context: LensContext;
  readonly #lock: ThingLock;
  readonly #screen: LensScreen;
  readonly #sources: SourceCommands;
  readonly #selection: ModelSelectionCommands;
  readonly #camera: CameraCommands;
  readonly #open = new AbortController();
  #token = takeToken();

  constructor(elements: LensElements, observer?: LensObserver) {
    const context = createLensContext(elements, {
      token: () => this.#token,
      onPixels: (access) => this.#onPixels(access),
      observer,
      hasView: () => this.#screen.live !== undefined || this.#screen.picture !== undefined,
    });
    const modelWatch = new ModelWatch(context);
    this.#context = context;
    this.#lock = new ThingLock(context);
    this.#screen = new LensScreen(context, modelWatch, this.#lock);
    this.#camera = new CameraCommands(context, this.#screen);
    this.#sources = new SourceCommands(context, this.#screen, this.#camera);
    this.teaching = new LensTeaching(context, this.#screen, this.#lock);
    this.#selection = new ModelSelectionCommands(context, this.#screen, modelWatch);
  }

  get store(): Store<LensState, LensEvent> {
    return this.#context.store;
  }

  /** The models that are stored on this device. */
  get device(): Device {
    return this.#context.device;
  }

  /** This camera on the screens of the server. */
  get sharing(): CameraSharing {
    return this.#context.sharing;
  }

  /** What a person looked at closely, kept on this device. */
  get history(): History {
    return this.#context.history;
  }

  /** Resolves when the first labels are on the screen. */
  get firstLabels(): Promise<void> {
    return this.#context.firstLabels;
  }

  /** Resolves when the first while with labels is over, and the page may do more than that. */
  get settled(): Promise<void> {
    return this.#context.settled;
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

  /** Takes the token that the page has now, from its address or from pairing, and tries with it if it is another one. */
  renewToken(): void {
    const token = takeToken();
    if (token === this.#token) return;
    this.#token = token;
    this.retry();
  }

  /** Finds out what the browser can do, and starts what the page opens with. */
  begin(): void {
    const { store, device, recognizer } = this.#context;
    const missing = missingFeatures();
    if (missing.length > 0) {
      store.dispatch({ type: 'view', view: { kind: 'unsupported', missing } });
      return;
    }
    const { modelId, secondary, backend, codes } = readPreferences();
    store.dispatch({ type: 'codes', codes: codes ?? 'on' });
    device.setChosen(backend === 'device');
    this.#selection.choose(modelId, secondary?.split(',') ?? []);
    store.dispatch({ type: 'backend', report: recognizer.report });
    // What is stored here can be offered while the server is away.
    void device.begin();
    const { signal } = this.#open;
    watchPageEvents(
      {
        context: this.#context,
        screen: this.#screen,
        sources: this.#sources,
        selection: this.#selection,
        onToken: () => this.renewToken(),
      },
      signal,
    );
    this.#sources.begin(signal);
  }

  /** Starts the requested camera, else the one used last, else the back camera. */
  startCamera(request?: CameraRequest): Promise<void> {
    return this.#sources.startCamera(request);
  }

  /** Changes to the given camera and remembers it. */
  chooseCamera(deviceId: string): Promise<void> {
    return this.#sources.chooseCamera(deviceId);
  }

  /** Changes between the front and the back camera. */
  flip(): Promise<void> {
    return this.#sources.flip();
  }

  /** Asks for a screen, window or tab. What is shown stays until one is chosen. */
  startScreen(): Promise<void> {
    return this.#sources.startScreen();
  }

  /** Shows the built-in footage. What is shown stays until it is loaded. */
  startDemo(): Promise<void> {
    return this.#sources.startDemo();
  }

  /** Shows a picture or plays a video. What is shown stays if the file cannot be read. */
  openFile(file: File): Promise<void> {
    return this.#sources.openFile(file);
  }

  stop(): void {
    this.#sources.stop();
  }

  /** Starts again what was stopped; else the camera. */
  start(): Promise<void> {
    return this.#sources.start();
  }

  /** Holds a video, or lets it go on. */
  togglePause(): void {
    this.#sources.togglePause();
  }

  /** Holds the moment that is live, in all the pixels that there are. */
  freeze(): Promise<void> {
    return this.#sources.freeze();
  }

  /** Leaves a frozen picture for what was live before it. */
  unfreeze(): Promise<void> {
    return this.#sources.unfreeze();
  }

  /** The picture that is shown, with what to do with it; undefined while none is. */
  get picture(): PictureView | undefined {
    return this.#screen.picture;
  }

  /** Magnifies what is shown, a moving picture or a still one; undefined where nothing is. */
  get magnifier() {
    return this.#screen.magnifier;
  }

  /** Locks on to what is shown where the page was tapped, CSS pixels; false where nothing is. */
  lockAt(tap: { x: number; y: number }): boolean {
    const label = this.#screen.thingAt(tap);
    if (label === undefined) return false;
    (this.#screen.picture ?? this.#lock).toggle(label);
    return true;
  }

  /** Shows what can be done with what was read; undefined closes it. */
  open(opened: OpenedContent | undefined): void {
    this.store.dispatch({ type: 'opened', opened });
  }

  /** The id of the line of text at a point of the page, CSS pixels. */
  lineAt(point: { x: number; y: number }): number | undefined {
    return this.#screen.lineAt(point)?.id;
  }

  /** Selects the lines of text from one to another in reading order, instead of a thing that is locked. */
  selectText(fromId: number, toId: number): void {
    if (this.store.getState().locked) this.releaseThing();
    this.#screen.text.select(fromId, toId);
  }

  unselectText(): void {
    this.#screen.text.unselect();
  }

  /** Lets go of the thing that is locked. */
  releaseThing(): void {
    (this.#screen.picture ?? this.#lock).release();
  }

  /**
   * What the locked thing looks like, as a PNG in the pixels of the video or picture.
   * @throws Error if nothing is locked, or the browser cannot draw it
   */
  cropThing(): Promise<Blob> {
    return this.#lock.crop();
  }

  /** Swaps left and right of the camera picture, and remembers that for this camera. */
  toggleMirrored(): void {
    this.#sources.toggleMirrored();
  }

  /** Sets something on the camera that is shown. What it refuses becomes a notice. */
  changeCamera(change: CameraChange): void {
    this.#camera.change(change);
  }

  /** Has the camera focus where the picture was tapped, CSS pixels of the page; false where it cannot. */
  focusAt(tap: { x: number; y: number }): boolean {
    return this.#camera.focusAt(tap);
  }

  /** Sets whether the phone ticks when something is locked, and remembers that. */
  setVibrates(vibrates: boolean): void {
    this.#camera.setVibrates(vibrates);
  }

  /** Uses another model from now on, and remembers that. */
  chooseModel(modelId: string): void {
    this.#selection.chooseModel(modelId);
  }

  /** Uses the lens in another way from now on, and remembers that. */
  chooseMode(mode: Mode): void {
    this.#selection.chooseMode(mode);
  }

  /** Something was taught; see `ModelSelectionCommands.noteTaught`. */
  noteTaught(modelId: string, head?: Head): void {
    this.#selection.noteTaught(modelId, head);
  }

  /** Turns a secondary model on or off, and remembers that. */
  toggleSecondary(id: string): void {
    this.#selection.toggleSecondary(id);
  }

  /** Sets where frames are processed, and remembers that. */
  setBackendMode(mode: BackendMode): void {
    this.#selection.setBackendMode(mode);
  }

  /** Loads what this device needs to run the model, so that its speed is known; `endMeasuring` frees it. */
  measureDevice(): void {
    this.#selection.measureDevice();
  }

  endMeasuring(): void {
    this.#selection.endMeasuring();
  }

  /** Lowest score to show, 0..1. */
  setMinScore(minScore: number): void {
    this.#selection.setMinScore(minScore);
  }

  /** What both sides deliver. */
  readComparison(): Comparison {
    return this.#context.recognizer.readComparison();
  }

  /** Tries to reach the server at once: for the live picture, or about the picture. */
  retry(): void {
    this.#screen.retry();
  }

  /** Called in a press of a button: has the browser ask whether this page may read pixels. */
  askForPixels(): void {
    this.#context.pixels.ask();
  }

  /** Finds out again whether this page may read pixels. */
  checkPixels(): void {
    void this.#context.pixels.check();
  }

  dismissNotice(): void {
    this.store.dispatch({ type: 'notice', notice: undefined });
  }

  /** How fast labels come, and how old they are. */
  readMeter(): StreamReading {
    return this.#context.meter.read(performance.now());
  }

  /** Where the age comes from, and what goes over the link. Sorts a few hundred numbers: only for a panel that shows it. */
  readDetail(): StreamReport {
    return readStream(this.#context);
  }

  /** Switches everything off; the lens cannot be used afterwards. Idempotent. */
  close(): void {
    const { pixels, recognizer, device, sharing, codes } = this.#context;
    this.#sources.close();
    this.#camera.close();
    this.teaching.close();
    this.#open.abort();
    pixels.close();
    recognizer.close();
    codes.close();
    sharing.close();
    device.close();
  }

  #onPixels(access: PixelAccess): void {
    const { pixels, view } = this.store.getState();
    this.store.dispatch({ type: 'pixels', pixels: access });
    if (access === 'none') {
      this.#context.recognizer.stop();
      return;
    }
    if (pixels !== 'none') return;
    const isUnread =
      view.kind === 'picture' && view.phase.kind === 'failed' && view.phase.problem === 'unreadable';
    if (this.#screen.live || isUnread) this.retry();
  }
}
