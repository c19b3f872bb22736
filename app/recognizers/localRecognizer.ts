import { maxLabelAgeMs } from '../../client/stream/maxLabelAge.ts';
import type { ModelSelection } from '../../client/stream/modelSelection.ts';
import { TypicalLatency } from '../../client/stream/typicalLatency.ts';
import type { Label, ModelInfo } from '../../protocol/messages.ts';
import { createLabelTracker, type Ids, type LabelTracker } from '../../vision/labelTracker.ts';
import type { Manifest } from '../../vision/manifest.ts';
import { taskOf } from '../../vision/tasks/taskOf.ts';
import { toLabel } from '../../vision/toLabel.ts';
import { orAborted } from '../browser/abortable.ts';
import type { GrabbedFrame } from '../capture/grabbedFrame.ts';
import {
  DeviceError,
  type DeviceSession,
  type RunOptions,
  type RunResult,
} from '../device/runtime/deviceSession.ts';
import { LookTurns } from './modelRoundRobin.ts';
import { watchRestraint } from './powerSaver.ts';
import { keyOfModel, type Labelling, type Recognizer, type RecognizerState } from './recognizer.ts';
import { type DeviceSessions, WishedSessions } from './requestedSessions.ts';
import { StillScene } from './stillScene.ts';

/** Whether this device could answer the next frame. */
export type Readiness =
  /** Nothing was loaded yet. */
  | { readonly kind: 'cold' }
  /** `why` is for a reader: what it waits for, such as a network that costs nothing. */
  | { readonly kind: 'preparing'; readonly why?: string | undefined }
  | { readonly kind: 'ready' }
  /** `why` is for a reader: no model here, goldens that do not agree, a browser that cannot. */
  | { readonly kind: 'unusable'; readonly why: string };

/** A recognizer that runs on this device. No frame that it is given leaves it. */
export interface LocalRecognizer extends Recognizer {
  readonly readiness: Readiness;
  onReadiness(listener: (readiness: Readiness) => void): () => void;
  /**
   * Loads runtime and model, so that the first frame is answered at once, and keeps them over `stop`. Tries again after it
   * was unusable.
   */
  prepare(): void;
  /** Takes `prepare` back: what is loaded is freed as soon as nothing runs. */
  release(): void;
  /** Median from a frame's push to its labels, ms; what was measured when it was opened until frames came. */
  readonly answerMs: number | undefined;
  /**
   * Labels of one picture, which it closes, from `minScore` up; boxes in 0..1 of the picture. Loads what it needs, and
   * frees it again, unless that was prepared or started.
   * @throws Error if this device cannot, or not before a condition for downloading is met; the signal's reason when aborted
   */
  predict(
    picture: GrabbedFrame['picture'],
    minScore: number,
    signal: AbortSignal,
  ): Promise<{ model: ModelInfo; labels: readonly Label[] }>;
}

/** The age bound of labels, as a server's `maxAgeMs`. */
const MAX_AGE_MS = 1_000;
/** There is no way to a server, and back. */
const NO_LINK = { uplinkMs: 0, downlinkMs: 0 };

/** What one model sees, over its versions and workers. */
type Tracker = LabelTracker<{ readonly id: string; readonly manifest: Pick<Manifest, 'task'> }>;

interface UnderWay {
  readonly sinceMs: number;
  readonly done: Promise<unknown>;
}

/** A recognizer that looks in this browser: one picture at a time, over all models. */
export function createLocalRecognizer({ device }: { device: DeviceSessions }): LocalRecognizer {
  const scene = new StillScene();
  const turns = new LookTurns();
  const usualAnswer = new TypicalLatency();
  const restraint = watchRestraint();
  const labelsListeners = new Set<(labelling: Labelling) => void>();
  const unchangedListeners = new Set<(capturedAtMs: number, looks: readonly number[]) => void>();
  const stateListeners = new Set<(state: RecognizerState) => void>();
  const readinessListeners = new Set<(readiness: Readiness) => void>();
  const modelLostListeners = new Set<(why: string) => void>();
  let wish: ModelSelection = {};
  let isStarted = false;
  let isPrepared = false;
  /** Sessions whose worker has died: the device tells what takes their place. */
  const dead = new WeakSet<DeviceSession>();
  /** One for each session, in their order. */
  let looks: readonly Tracker[] = [];
  let session = '';
  let starts = 0;
  let arrivals = 0;
  let ids: Ids = { next: 1 };
  /** What the usual answer is of: each model, and each version of it, takes its own time. */
  let timedModel: string | undefined;
  /** Whether the last frame of the first model was answered: then its labels hold for what shows the same. */
  let isLabelled = false;
  let underWay: UnderWay | undefined;
  let waitingPictures = 0;
  let lastGrabMs = Number.NEGATIVE_INFINITY;
  let state: RecognizerState = { kind: 'idle' };
  let readiness: Readiness = { kind: 'cold' };

  const wished = new WishedSessions(device, {
    onChange: onSessions,
    onModelLost(why) {
      wish = {};
      for (const listener of modelLostListeners) listener(why);
    },
  });

  function onSessions(): void {
    const before = looks;
    const { sessions } = wished;
    looks = sessions.map(({ info, model: { manifest } }, place) => {
      const { id, task } = manifest;
      // Things live on over a new version, as they do over a new worker.
      const known = before.find(({ model }) => model.id === id && model.manifest.task === task);
      const minScore = (place === 0 ? wish.minScore : undefined) ?? known?.minScore ?? info.minScore.default;
      if (known === undefined) return createLabelTracker({ id, manifest }, minScore, ids);
      if (known.minScore !== minScore) known.setMinScore(minScore);
      return known;
    });
    const [leading] = sessions;
    const modelKey = leading && keyOfModel(leading.info);
    if (modelKey !== undefined && modelKey !== timedModel) usualAnswer.reset();
    timedModel = modelKey ?? timedModel;
    // Whoever looks now has not seen the scene.
    isLabelled = false;
    turns.reset(Math.max(0, sessions.length - 1));
    scene.wake(performance.now());
    tell();
  }

  /** Tells what has changed of state and readiness. */
  function tell(): void {
    const nextReadiness = readinessNow();
    const nextState = stateNow();
    const isOtherReadiness = JSON.stringify(nextReadiness) !== JSON.stringify(readiness);
    const isOtherState = JSON.stringify(nextState) !== JSON.stringify(state);
    readiness = nextReadiness;
    state = nextState;
    if (isOtherReadiness) for (const listener of readinessListeners) listener(readiness);
    if (isOtherState) for (const listener of stateListeners) listener(state);
  }

  /** The first session, while its worker lives. */
  function first(): DeviceSession | undefined {
    const [session] = wished.sessions;
    return session === undefined || dead.has(session) ? undefined : session;
  }

  function readinessNow(): Readiness {
    if (wished.state.kind === 'failed') return { kind: 'unusable', why: wished.state.why.message };
    if (wished.state.kind === 'none') return { kind: 'cold' };
    if (first()) return { kind: 'ready' };
    return { kind: 'preparing', why: wished.state.kind === 'opening' ? wished.state.waitsFor : undefined };
  }

  function stateNow(): RecognizerState {
    if (!isStarted) return { kind: 'idle' };
    if (wished.state.kind === 'failed') {
      const { code, message } = wished.state.why;
      return { kind: code === 'unauthorized' ? 'unauthorized' : 'failed', message };
    }
    const looking = first();
    return looking ? { kind: 'ready', model: looking.info } : { kind: 'connecting' };
  }

  async function run(
    looking: DeviceSession,
    picture: GrabbedFrame['picture'],
    options: RunOptions,
  ): Promise<RunResult> {
    const done = looking.run(picture, options);
    const mine: UnderWay = { sinceMs: performance.now(), done };
    underWay = mine;
    try {
      return await done;
    } catch (error) {
      if (error instanceof DeviceError) {
        dead.add(looking);
        tell();
      }
      throw error;
    } finally {
      if (underWay === mine) underWay = undefined;
    }
  }

  async function look({ picture, capturedAtMs }: GrabbedFrame): Promise<void> {
    const grabbedAtMs = performance.now();
    const place = turns.next(grabbedAtMs, scene, (look) => {
      const beside = wished.sessions[look];
      return beside !== undefined && !dead.has(beside);
    });
    const looking = wished.sessions[place];
    const mine = looks[place];
    if (!isStarted || underWay || looking === undefined || mine === undefined || dead.has(looking)) {
      picture.close();
      return;
    }
    lastGrabMs = grabbedAtMs;
    const mySession = session;
    const result = await run(looking, picture, {
      skipUnchanged: place === 0 && scene.maySkip(grabbedAtMs),
      isAside: place > 0,
    });
    // Stopped meanwhile, or another model looks: the camera has newer ones.
    if (!isStarted || session !== mySession || looks[place] !== mine) return;
    if (result.answer === undefined) {
      scene.skipped(capturedAtMs);
      if (!isLabelled) return;
      const upToDate = turns.upToDate(scene);
      for (const listener of unchangedListeners) listener(capturedAtMs, upToDate);
      return;
    }
    const sceneAtMs =
      place > 0 ? scene.timeOf(capturedAtMs) : scene.sends(capturedAtMs, result.changed, grabbedAtMs);
    if (place === 0) isLabelled = true;
    turns.gave(place, grabbedAtMs);
    const arrivedAtMs = performance.now();
    const shown = mine.update({ arrival: arrivals++, capturedAtMs: sceneAtMs, arrivedAtMs }, result.answer);
    if (shown === undefined) return;
    usualAnswer.add(arrivedAtMs - grabbedAtMs);
    const { drawMs, inferMs } = result;
    // Drawing takes the place of decoding; what is left of the time is the way to the worker and back.
    const sentAtMs = grabbedAtMs;
    const timing = { queueMs: 0, decodeMs: drawMs, inferMs, serverMs: arrivedAtMs - sentAtMs };
    const labelling: Labelling = {
      place: 'device',
      session,
      look: place,
      labels: shown.map(toLabel),
      capturedAtMs,
      boundMs: maxLabelAgeMs(MAX_AGE_MS, usualAnswer.ms ?? looking.provider.inferMs),
      trace: { capturedAtMs, grabbedAtMs, sentAtMs, arrivedAtMs, timing, link: NO_LINK },
    };
    for (const listener of labelsListeners) listener(labelling);
  }

  function wantsFrame(): boolean {
    if (!isStarted || underWay || waitingPictures > 0 || first() === undefined) return false;
    return performance.now() - lastGrabMs >= restraint.intervalMs();
  }

  function release(): void {
    isPrepared = false;
    dropUnused();
  }

  function dropUnused(): void {
    if (!isStarted && !isPrepared && waitingPictures === 0) wished.drop();
  }

  function stop(): void {
    if (!isStarted) return;
    isStarted = false;
    dropUnused();
    tell();
  }

  return {
    get readiness() {
      return readiness;
    },
    get answerMs() {
      return usualAnswer.ms ?? wished.sessions[0]?.provider.inferMs;
    },
    start() {
      if (!isStarted) {
        isStarted = true;
        starts += 1;
        session = `device-${starts}`;
        // Nothing of before is in sight any more.
        ids = { next: 1 };
        looks = [];
        usualAnswer.reset();
        onSessions();
      }
      wished.ask(wish);
    },
    stop,
    prepare() {
      isPrepared = true;
      wished.ask(wish);
    },
    release,
    configure(next) {
      const named = (of: ModelSelection) => [of.model ?? [], of.secondary ?? []].flat();
      const before = named(wish);
      device.choose(named(next).filter((id) => !before.includes(id)));
      wish = next;
      if (isStarted || isPrepared) wished.change(next);
      // Else it is meant for the model that is being opened.
      const isOpen = wished.state.kind === 'open';
      if (isOpen && next.minScore !== undefined) looks[0]?.setMinScore(next.minScore);
      // It holds from the next labels on.
      scene.wake(performance.now());
    },
    // There is no wait: what failed here is tried again by `start` and `prepare`.
    retryNow() {},
    wantsFrame,
    push(frame) {
      look(frame).catch((error: unknown) => {
        // One frame that fails is replaced by the next; what a dead worker means is told by the device.
        console.warn('A frame could not be looked at.', error);
      });
    },
    async predict(picture, minScore, signal) {
      waitingPictures += 1;
      try {
        signal.throwIfAborted();
        wished.ask(wish);
        let looking = await wished.whenOpen(signal);
        while (underWay) {
          const isDone = underWay.done.catch(() => {});
          await orAborted(isDone, signal);
          looking = await wished.whenOpen(signal);
        }
        const options = { skipUnchanged: false, isAside: true };
        const { answer } = await orAborted(run(looking, picture, options), signal);
        const detections = answer === undefined ? [] : taskOf(answer.task).labelsOf(answer);
        const labels = detections
          .filter(({ score }) => score >= minScore)
          .map((detection, place) => toLabel({ id: place + 1, ...detection }));
        return { model: looking.info, labels };
      } finally {
        waitingPictures -= 1;
        picture.close();
        dropUnused();
      }
    },
    readLink: () => undefined,
    oldestWaitMs: () => (underWay && isStarted ? performance.now() - underWay.sinceMs : undefined),
    onLabels: (listener) => add(labelsListeners, listener),
    onUnchanged: (listener) => add(unchangedListeners, listener),
    onState: (listener) => add(stateListeners, listener),
    onReadiness: (listener) => add(readinessListeners, listener),
    onModelLost: (listener) => add(modelLostListeners, listener),
    close() {
      stop();
      release();
      wished.close();
      for (const listeners of [labelsListeners, unchangedListeners, stateListeners]) listeners.clear();
      readinessListeners.clear();
      modelLostListeners.clear();
    },
  };
}

function add<Listener>(listeners: Set<Listener>, listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
