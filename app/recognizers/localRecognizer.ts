import { Listeners } from '../../client/listeners.ts';
import { maxLabelAgeMs } from '../../client/stream/maxLabelAge.ts';
import type { ModelSelection } from '../../client/stream/modelSelection.ts';
import { TypicalLatency } from '../../client/stream/typicalLatency.ts';
import { abortable } from '../../protocol/abortable.ts';
import type { Label, ModelInfo } from '../../protocol/messages.ts';
import { type Box, WHOLE } from '../../vision/geometry.ts';
import { createLabelTracker, type Ids, type LabelTracker } from '../../vision/labelTracker.ts';
import type { Manifest } from '../../vision/manifest.ts';
import { pictureLabels } from '../../vision/pictureLabels.ts';
import { holdMsOf, type PictureAnswer } from '../../vision/tasks/taskOf.ts';
import { withTaughtNames } from '../../vision/things/nameRegions.ts';
import { toLabel } from '../../vision/toLabel.ts';
import { sizeOf } from '../capture/drawFitted.ts';
import type { GrabbedFrame } from '../capture/grabFrames.ts';
import type { DeviceSessions } from '../device/library/deviceSessions.ts';
import {
  DeviceError,
  type DeviceSession,
  type RunOptions,
  type RunResult,
} from '../device/runtime/deviceSession.ts';
import { FrameGate } from './frameGate.ts';
import { planCloser } from './planCloser.ts';
import { type Readiness, readinessOfSessions } from './readiness.ts';
import {
  type FrameLabels,
  keyOfModel,
  type Recognizer,
  type RecognizerState,
  type UnchangedFrame,
} from './recognizer.ts';
import { RequestedSessions } from './requestedSessions.ts';

/** A recognizer that runs on this device. No frame that it is given leaves it. */
export interface LocalRecognizer extends Recognizer {
  readonly readiness: Readiness;
  onReadiness(listener: (readiness: Readiness) => void): () => void;
  /**
   * Loads runtime and models, so that the first frame is answered at once, and keeps them over `stop`. Tries again after it
   * was unusable. Secondary models that were not prepared are loaded when it is started.
   */
  prepare(models: 'primary' | 'all'): void;
  /** Takes `prepare` back: what is loaded is freed as soon as nothing runs. */
  release(): void;
  /** Median from a frame's push to its labels, ms; what was measured when it was opened until frames came. */
  readonly answerMs: number | undefined;
  /**
   * Labels of one picture, which it closes, from `minScore` up; boxes in 0..1 of the picture. Loads what it needs, and
   * frees it again, unless that was prepared or started.
   * @param modelIndex which model of the selection, 0 is the primary one
   * @throws Error if this device cannot, or not before a condition for downloading is met; the signal's reason when aborted
   */
  predict(
    picture: GrabbedFrame['picture'],
    minScore: number,
    signal: AbortSignal,
    modelIndex?: number,
  ): Promise<{ model: ModelInfo; labels: readonly Label[]; answer: PictureAnswer | undefined }>;
}

/** The age bound of labels, as a server's `maxAgeMs`. */
const MAX_AGE_MS = 1_000;
const NO_LINK = { uplinkMs: 0, downlinkMs: 0 };

/** The tracker of one model, kept over its versions and workers. */
type ModelTracker = LabelTracker<
  Pick<DeviceSession, 'taught'> & { readonly id: string; readonly manifest: Pick<Manifest, 'task'> }
>;

/** A recognizer that runs in this browser: one picture at a time, over all models. */
export function createLocalRecognizer({ device }: { device: DeviceSessions }): LocalRecognizer {
  const gate = new FrameGate();
  const typicalLatency = new TypicalLatency();
  const labelsListeners = new Listeners<FrameLabels>();
  const unchangedListeners = new Listeners<UnchangedFrame>();
  const stateListeners = new Listeners<RecognizerState>();
  const readinessListeners = new Listeners<Readiness>();
  const modelLostListeners = new Listeners<string>();
  let selection: ModelSelection = {};
  let isStarted = false;
  let prepared: 'nothing' | 'primary' | 'all' = 'nothing';
  /** Sessions whose worker has died: the device reports what takes their place. */
  const dead = new WeakSet<DeviceSession>();
  /** One for each session, in their order. */
  let trackers: readonly ModelTracker[] = [];
  let session = '';
  let starts = 0;
  let arrivals = 0;
  let ids: Ids = { next: 1 };
  /** The model of the typical latency: each model, and each version of it, takes its own time. */
  let timedModel: string | undefined;
  let inFlight: { readonly sinceMs: number; readonly done: Promise<unknown> } | undefined;
  let waitingPictures = 0;
  let things: readonly Label[] = [];
  let focus: Box | undefined;
  let state: RecognizerState = { kind: 'idle' };
  let readiness: Readiness = { kind: 'cold' };

  const requested = new RequestedSessions(device, {
    onChange: onSessions,
    onModelLost(why) {
      selection = {};
      modelLostListeners.emit(why);
    },
  });

  function onSessions(): void {
    const before = trackers;
    const { sessions } = requested;
    trackers = sessions.map(({ info, model: { manifest }, taught }, modelIndex) => {
      // Of the session: collections of taught things share a model.
      const { id, task } = info;
      // Tracks live on over a new version, as they do over a new worker.
      const known = before.find(({ model }) => model.id === id && model.manifest.task === task);
      const minScore =
        (modelIndex === 0 ? selection.minScore : undefined) ?? known?.minScore ?? info.minScore.default;
      if (known === undefined) return createLabelTracker({ id, manifest, taught }, minScore, ids);
      if (known.minScore !== minScore) known.setMinScore(minScore);
      return known;
    });
    const modelKey = sessions[0] && keyOfModel(sessions[0].info);
    if (modelKey !== undefined && modelKey !== timedModel) typicalLatency.reset();
    timedModel = modelKey ?? timedModel;
    gate.reset(sessions.map(({ info }) => holdMsOf(info.task)));
    notify();
  }

  /** Notifies the listeners of what has changed of state and readiness. */
  function notify(): void {
    const nextReadiness = readinessOfSessions(requested.state, first() !== undefined);
    const nextState = stateNow();
    const isOtherReadiness = JSON.stringify(nextReadiness) !== JSON.stringify(readiness);
    const isOtherState = JSON.stringify(nextState) !== JSON.stringify(state);
    readiness = nextReadiness;
    state = nextState;
    if (isOtherReadiness) readinessListeners.emit(readiness);
    if (isOtherState) stateListeners.emit(state);
  }

  /** The first session, while its worker lives. */
  function first(): DeviceSession | undefined {
    const [session] = requested.sessions;
    return session === undefined || dead.has(session) ? undefined : session;
  }

  function stateNow(): RecognizerState {
    if (!isStarted) return { kind: 'idle' };
    if (requested.state.kind === 'failed') {
      const { code, message } = requested.state.why;
      return code === 'unauthorized' ? { kind: code, message } : { kind: 'failed', code, message };
    }
    const used = first();
    return used ? { kind: 'ready', model: used.info } : { kind: 'connecting' };
  }

  async function run(
    used: DeviceSession,
    picture: GrabbedFrame['picture'],
    options: RunOptions,
  ): Promise<RunResult> {
    const done = used.run(picture, options);
    const mine = { sinceMs: performance.now(), done };
    inFlight = mine;
    try {
      return await done;
    } catch (error) {
      if (error instanceof DeviceError) {
        dead.add(used);
        notify();
      }
      throw error;
    } finally {
      if (inFlight === mine) inFlight = undefined;
    }
  }

  async function process({ picture, capturedAtMs }: GrabbedFrame): Promise<void> {
    const isAlive = (one?: DeviceSession) => one !== undefined && !dead.has(one);
    const leading = first();
    if (!isStarted || inFlight || leading === undefined) {
      picture.close();
      return;
    }
    const admitted = gate.admit(capturedAtMs, {
      canUse: (index) => isAlive(requested.sessions[index]),
      planParts: planCloser(leading.info, sizeOf(picture), () => ({ things, focus })),
    });
    const { modelIndex, skipUnchanged, part, followsMotion, grabbedAtMs } = admitted;
    const used = requested.sessions[modelIndex];
    const tracker = trackers[modelIndex];
    if (used === undefined || tracker === undefined || !isAlive(used)) {
      picture.close();
      return;
    }
    const mySession = session;
    const isSecondary = modelIndex > 0;
    const result = await run(used, picture, { skipUnchanged, isSecondary, part, followsMotion });
    // Stopped by now, or another model is used: the camera has newer frames.
    if (!isStarted || session !== mySession || trackers[modelIndex] !== tracker) return;
    if (result.answer === undefined) {
      const modelIndexes = gate.skipped(admitted);
      if (modelIndexes.length > 0) unchangedListeners.emit({ capturedAtMs, modelIndexes });
      return;
    }
    const { sceneAtMs, shows, look } = gate.sent(admitted, result);
    gate.labelled(modelIndex, true, result.answer, look);
    const arrivedAtMs = performance.now();
    const seen = shows === 'part' ? result.seen : WHOLE;
    const shown = tracker.update(
      { arrival: arrivals++, capturedAtMs: sceneAtMs, arrivedAtMs },
      result.answer,
      { shows, part: seen, inputRect: seen },
    );
    if (shown === undefined) return;
    typicalLatency.add(arrivedAtMs - grabbedAtMs);
    const { drawMs, inferMs } = result;
    // Drawing takes the place of decoding; the rest of the time is the way to the worker and back.
    const timing = { queueMs: 0, decodeMs: drawMs, inferMs, serverMs: arrivedAtMs - grabbedAtMs };
    const labels = shown.map(toLabel);
    if (modelIndex === 0) things = labels;
    labelsListeners.emit({
      backend: 'device',
      session,
      modelIndex,
      labels,
      capturedAtMs,
      maxLabelAgeMs: maxLabelAgeMs(MAX_AGE_MS, typicalLatency.ms ?? used.provider.inferMs),
      trace: { capturedAtMs, grabbedAtMs, sentAtMs: grabbedAtMs, arrivedAtMs, timing, link: NO_LINK },
      ...(used.info.points && { points: used.info.points }),
    });
  }

  const wantsFrame = () =>
    isStarted && inFlight === undefined && waitingPictures === 0 && first() !== undefined && gate.isDue();

  /** Those of the selection that are to be open. */
  const wanted = (): ModelSelection =>
    isStarted || prepared === 'all' ? selection : { ...selection, secondary: [] };

  function release(): void {
    prepared = 'nothing';
    dropUnused();
  }

  function dropUnused(): void {
    if (!isStarted && prepared === 'nothing' && waitingPictures === 0) requested.drop();
  }

  function stop(): void {
    if (!isStarted) return;
    isStarted = false;
    dropUnused();
    notify();
  }

  return {
    get readiness() {
      return readiness;
    },
    get answerMs() {
      return typicalLatency.ms ?? requested.sessions[0]?.provider.inferMs;
    },
    start() {
      if (!isStarted) {
        isStarted = true;
        starts += 1;
        session = `device-${starts}`;
        // Nothing of the previous session is in sight any more.
        ids = { next: 1 };
        trackers = [];
        typicalLatency.reset();
        onSessions();
      }
      requested.ask(selection);
    },
    stop,
    prepare(models) {
      if (prepared !== 'all') prepared = models;
      requested.ask(wanted());
    },
    release,
    configure(next) {
      const named = (of: ModelSelection) => [of.model ?? [], of.secondary ?? []].flat();
      const before = named(selection);
      device.choose(named(next).filter((id) => !before.includes(id)));
      selection = next;
      if (isStarted || prepared !== 'nothing') requested.change(wanted());
      // Else it is meant for the model that is being opened.
      const isOpen = requested.state.kind === 'open';
      if (isOpen && next.minScore !== undefined) trackers[0]?.setMinScore(next.minScore);
      // In effect from the next labels on.
      gate.wake();
    },
    lookCloser(box) {
      focus = box;
      if (box) gate.lookCloser();
    },
    // There is no wait to end: what failed here is tried again by `start` and `prepare`.
    retryNow() {},
    wantsFrame,
    push(frame) {
      process(frame).catch((error: unknown) => {
        // One frame that fails is replaced by the next; the device reports what a dead worker means.
        console.warn('A frame could not be processed.', error);
      });
    },
    async predict(picture, minScore, signal, modelIndex = 0) {
      waitingPictures += 1;
      try {
        signal.throwIfAborted();
        requested.ask(selection);
        let used = await requested.whenOpen(signal);
        while (inFlight) {
          const isDone = inFlight.done.catch(() => {});
          await abortable(isDone, signal);
          used = await requested.whenOpen(signal);
        }
        if (modelIndex > 0) {
          const session = requested.sessions[modelIndex];
          if (session === undefined) throw new Error('This device does not have this model.');
          used = session;
        }
        const options = { skipUnchanged: false, isSecondary: true, isStill: true };
        const { answer: unnamed } = await abortable(run(used, picture, options), signal);
        const answer = unnamed && withTaughtNames(unnamed, used.taught?.());
        return { model: used.info, labels: answer ? pictureLabels(answer, minScore) : [], answer };
      } finally {
        waitingPictures -= 1;
        picture.close();
        dropUnused();
      }
    },
    readLink: () => undefined,
    readPicture: () => undefined,
    oldestWaitMs: () => (inFlight && isStarted ? performance.now() - inFlight.sinceMs : undefined),
    onLabels: (listener) => labelsListeners.add(listener),
    onUnchanged: (listener) => unchangedListeners.add(listener),
    onState: (listener) => stateListeners.add(listener),
    onReadiness: (listener) => readinessListeners.add(listener),
    onModelLost: (listener) => modelLostListeners.add(listener),
    close() {
      stop();
      release();
      requested.close();
    },
  };
}
