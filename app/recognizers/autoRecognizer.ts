import type { LinkReading } from '../../client/stream/linkMeter.ts';
import { isSameSelection, type ModelSelection } from '../../client/stream/modelSelection.ts';
import type { Label } from '../../protocol/messages.ts';
import { EMPTY_HANDOVER, type HandoverState, handOver } from '../../vision/handover.ts';
import type { GrabbedFrame } from '../capture/grabbedFrame.ts';
import { type Measured, nextBackend, startPolicy } from './autoPolicy.ts';
import type { BackendMode, BackendReport, Comparison } from './backend.ts';
import type { LocalRecognizer, Readiness } from './localRecognizer.ts';
import {
  type Backend,
  type FrameLabels,
  keyOfModel,
  type Recognizer,
  type RecognizerState,
  type UnchangedFrame,
} from './recognizer.ts';
import type { RemoteRecognizer } from './remoteRecognizer.ts';
import { ServerWatch } from './serverWatch.ts';
import { SideMeter } from './sideMeter.ts';

/** How often the policy looks at both sides. */
const STEP_MS = 100;
/** While the device looks, the server gets a frame so often; it may wait a little for one that the device cannot take. */
const PROBE_MS = 500;
const PROBE_AT_LATEST_MS = 650;
/** After so long of labels the device is made ready: not before, as the first labels are what a person waits for. */
const PREPARE_AFTER_MS = 3_000;
/**
 * While the device looks and the page is seen, the server is tried at least so often: with five seconds of health it is back within ten of
 * its return, which the delays between tries (up to five seconds) would not allow.
 */
const RETRY_MS = { least: 1_000, most: 2_000 };
/** And for so long: one that is away for longer is tried by the connection's own delays, which spare the battery. */
const HURRY_MS = 120_000;
/** A server that refused may have been set right meanwhile. */
const REFUSED_RETRY_MS = { least: 60_000, most: 75_000 };
/** What a link took is told of the last seconds, by `readLink`. */
const LINK_WINDOW_MS = 5_000;
/** While there is no connection that says otherwise. */
const USUAL_BOUND_MS = 1_000;

/**
 * Asks the server or this device, as a person says, or, in `auto`, whichever does better (see `nextBackend`). Whoever
 * listens sees one recognizer: things keep their ids over a change of sides.
 */
export interface AutoRecognizer extends Recognizer {
  readonly report: BackendReport;
  onReport(listener: (report: BackendReport) => void): () => void;
  /** In `device` no frame leaves this device, and there is no socket; in `server` nothing is loaded for the device. */
  setMode(mode: BackendMode): void;
  /** What each side delivered when it was last used. */
  readComparison(): Comparison;
}

export interface AutoOptions {
  remote: RemoteRecognizer;
  local: LocalRecognizer;
  mode: BackendMode;
  /** Whether somebody may see the page. */
  isVisible?: () => boolean;
  nowMs?: () => number;
  random?: () => number;
}

const IDLE: RecognizerState = { kind: 'idle' };

/** @param options both recognizers, which it closes; neither may be used by anybody else but for `local.predict` */
export function createAutoRecognizer({
  remote,
  local,
  mode: firstMode,
  isVisible = () => !document.hidden,
  nowMs = () => performance.now(),
  random = Math.random,
}: AutoOptions): AutoRecognizer {
  const labelListeners = new Set<(frame: FrameLabels) => void>();
  const unchangedListeners = new Set<(frame: UnchangedFrame) => void>();
  const stateListeners = new Set<(state: RecognizerState) => void>();
  const modelLostListeners = new Set<(why: string) => void>();
  const reportListeners = new Set<(report: BackendReport) => void>();
  const meters: Record<Backend, SideMeter> = { server: new SideMeter(), device: new SideMeter() };
  const watch = new ServerWatch();

  let mode = firstMode;
  let policy = startPolicy(mode, nowMs());
  let timer: ReturnType<typeof setInterval> | undefined;
  let isRunning = false;
  let wish: ModelSelection = {};
  let states: Readonly<Record<Backend, RecognizerState>> = { server: IDLE, device: IDLE };
  let told: RecognizerState = IDLE;
  let sessions = 0;
  let handover: HandoverState<Label> = EMPTY_HANDOVER;
  /** The models that have labelled a frame since the side was changed: only of those anything is known to hold. */
  let labelledModels = new Set<number>();
  let firstLabelsAtMs: number | undefined;
  /** The model that was measured, per side. */
  const measuredModels: Record<Backend, string> = { server: '', device: '' };
  /** What the stream took when the server was asked the last time. */
  let upBytesPerS: number | undefined;
  /** What the probes took when the device looked the last time. */
  let probesBytesPerS: number | undefined;
  let probedAtMs = Number.NEGATIVE_INFINITY;
  let retryAtMs = Number.NEGATIVE_INFINITY;
  let hurryUntilMs = Number.NEGATIVE_INFINITY;
  /** Why the device has not got the model that is wished for; another one would look. */
  let deviceLacks: string | undefined;
  /** Whether what made the device unusable may be over. */
  let mayPrepareAgain = true;
  let report = reportOf();

  const active = (): Recognizer => (policy.backend === 'server' ? remote : local);

  function reportOf(): BackendReport {
    const { backend, reason, sinceMs, switches } = policy;
    return { mode: policy.mode, backend, reason, device: readiness(), sinceMs, switches };
  }

  function readiness(): Readiness {
    return deviceLacks === undefined ? local.readiness : { kind: 'unusable', why: deviceLacks };
  }

  function readServerLink(): LinkReading | undefined {
    const link = remote.readLink();
    if (policy.backend === 'device') {
      // Before, what it tells is of the stream.
      const isProbesOnly = nowMs() - policy.sinceMs >= LINK_WINDOW_MS;
      if (link === undefined || isProbesOnly) probesBytesPerS = link?.upBytesPerS ?? 0;
    } else if (link) {
      upBytesPerS = link.upBytesPerS;
    }
    return link;
  }

  function measured(atMs: number): Measured {
    const maxLabelAgeMs = readServerLink()?.maxLabelAgeMs ?? USUAL_BOUND_MS;
    return {
      mode,
      server: { state: states.server, boundMs: maxLabelAgeMs, ...watch.read(remote.oldestWaitMs(), atMs) },
      device: { readiness: readiness(), answerMs: local.answerMs },
    };
  }

  function step(): void {
    const atMs = nowMs();
    const before = policy;
    if (isRunning || mode !== 'auto' || policy.mode !== mode)
      policy = nextBackend(policy, measured(atMs), atMs);
    if (policy.backend !== before.backend) onMoved();
    if (isRunning && mode === 'auto') {
      prepareIfDue(atMs);
      retryIfDue(atMs);
    }
    tell();
  }

  function onMoved(): void {
    labelledModels = new Set();
    if (policy.backend === 'server') {
      local.stop();
      // What the device saw meanwhile is not known to the server: the next frame is looked at in any case.
      remote.configure(wish);
    } else if (isRunning) {
      local.start();
    }
  }

  function tell(): void {
    const next = reportOf();
    if (JSON.stringify(next) !== JSON.stringify(report)) {
      report = next;
      for (const listener of reportListeners) listener(report);
    }
    const state = isRunning ? states[policy.backend] : IDLE;
    if (state === told || (state.kind === 'idle' && told.kind === 'idle')) return;
    told = state;
    for (const listener of stateListeners) listener(state);
  }

  function prepareIfDue(atMs: number): void {
    const isFirstDone = firstLabelsAtMs !== undefined && atMs - firstLabelsAtMs >= PREPARE_AFTER_MS;
    if (!isFirstDone && !isServerBad()) return;
    const { kind } = readiness();
    const isDue = kind === 'cold' || (kind === 'unusable' && mayPrepareAgain);
    if (!isDue) return;
    mayPrepareAgain = false;
    local.prepare();
  }

  function isServerBad(): boolean {
    const { reason, backend } = policy;
    if (backend === 'device' || reason.kind === 'device-preparing' || reason.kind === 'device-unusable')
      return true;
    const { kind } = states.server;
    return kind !== 'ready' && kind !== 'connecting' && kind !== 'idle';
  }

  function retryIfDue(atMs: number): void {
    if (policy.backend !== 'device' || atMs < retryAtMs || !isVisible()) return;
    const { kind } = states.server;
    if (kind === 'failed') {
      retryAtMs = atMs + between(REFUSED_RETRY_MS);
      remote.start();
    } else if (kind === 'reconnecting' && atMs < hurryUntilMs) {
      retryAtMs = atMs + between(RETRY_MS);
      remote.retryNow();
    }
  }

  const between = ({ least, most }: { least: number; most: number }) => least + random() * (most - least);

  /** What is known of one model says nothing of another. */
  function forgetAnswers(backend: Backend): void {
    meters[backend] = new SideMeter();
  }

  /** Lets run what the mode needs, and nothing else. */
  function arrange(): void {
    clearInterval(timer);
    timer = undefined;
    hurryUntilMs = nowMs() + HURRY_MS;
    if (!isRunning || mode === 'device') remote.stop();
    if (!isRunning || mode === 'server') {
      local.stop();
      local.release();
    }
    if (!isRunning) return;
    if (mode !== 'device') remote.start();
    if (policy.backend === 'device') local.start();
    if (mode === 'device') local.prepare();
    if (mode === 'auto') timer = setInterval(step, STEP_MS);
  }

  function isProbeDue(atMs: number, afterMs: number): boolean {
    if (mode !== 'auto' || policy.backend !== 'device') return false;
    return atMs - probedAtMs >= afterMs && remote.wantsFrame();
  }

  function push(frame: GrabbedFrame): void {
    const atMs = nowMs();
    if (policy.backend === 'server') {
      if (remote.wantsFrame()) watch.pushed(atMs);
      remote.push(frame);
      return;
    }
    const isLocalFree = local.wantsFrame();
    if (isProbeDue(atMs, isLocalFree ? PROBE_AT_LATEST_MS : PROBE_MS)) {
      probedAtMs = atMs;
      watch.pushed(atMs);
      remote.probe(frame);
    } else if (isLocalFree) {
      local.push(frame);
    } else {
      frame.picture.close();
    }
  }

  function onLabels(frame: FrameLabels): void {
    const { backend, modelIndex, trace, session, capturedAtMs } = frame;
    const isActive = backend === policy.backend;
    if (modelIndex === 0) {
      const answerMs = trace.arrivedAtMs - trace.grabbedAtMs;
      const atMs = nowMs();
      const { inferMs } = trace.timing;
      meters[backend].add({ atMs, answerMs, inferMs, isStreamed: isActive });
      if (backend === 'server') {
        watch.labelled({ atMs, roundTripMs: answerMs });
        firstLabelsAtMs ??= atMs;
      }
    }
    // Those of the other side come late, or of a probe; what is on screen stays until this side has labels of its own.
    if (!isActive || !isRunning) return;
    labelledModels.add(modelIndex);
    const { labels } = frame;
    const handed = handOver(handover, {
      source: `${backend} ${session}`,
      look: modelIndex,
      labels,
      capturedAtMs,
    });
    handover = handed.state;
    const shown = { ...frame, labels: handed.labels, session: `lens-${sessions}` };
    for (const listener of labelListeners) listener(shown);
  }

  function onUnchanged(backend: Backend, { capturedAtMs, modelIndexes }: UnchangedFrame): void {
    if (backend === 'server') watch.settled();
    if (backend !== policy.backend || !isRunning) return;
    const known = modelIndexes.filter((modelIndex) => labelledModels.has(modelIndex));
    if (known.length === 0) return;
    for (const listener of unchangedListeners) listener({ capturedAtMs, modelIndexes: known });
  }

  function onState(backend: Backend, state: RecognizerState): void {
    if (backend === 'server' && state.kind === 'ready' && states.server.kind !== 'ready') {
      mayPrepareAgain = true;
      // Probes of the connection before are answered by nobody.
      if (policy.backend === 'device') watch.settled();
    }
    if (state.kind === 'ready') {
      const model = keyOfModel(state.model);
      if (measuredModels[backend] !== model) {
        forgetAnswers(backend);
        if (backend === 'server') watch.forget();
      }
      measuredModels[backend] = model;
    }
    if (backend === 'server' && state.kind !== states.server.kind) {
      if (states.server.kind === 'ready') hurryUntilMs = nowMs() + HURRY_MS;
      if (state.kind === 'failed') retryAtMs = nowMs() + between(REFUSED_RETRY_MS);
      if (state.kind === 'reconnecting') retryAtMs = Math.min(retryAtMs, nowMs() + RETRY_MS.most);
    }
    states = { ...states, [backend]: state };
    step();
  }

  function loseModel(why: string): void {
    for (const listener of modelLostListeners) listener(why);
  }

  function onDeviceModelLost(why: string): void {
    if (mode === 'device') {
      loseModel(why);
      return;
    }
    // The server may have it.
    deviceLacks = why;
    step();
  }

  function stop(): void {
    if (!isRunning) return;
    isRunning = false;
    arrange();
    watch.settled();
    firstLabelsAtMs = undefined;
    policy = startPolicy(mode, nowMs(), policy.switches);
    tell();
  }

  const disposers = [
    remote.onLabels(onLabels),
    local.onLabels(onLabels),
    remote.onUnchanged((frame) => onUnchanged('server', frame)),
    local.onUnchanged((frame) => onUnchanged('device', frame)),
    remote.onState((state) => onState('server', state)),
    local.onState((state) => onState('device', state)),
    remote.onModelLost(loseModel),
    local.onModelLost(onDeviceModelLost),
    local.onReadiness(step),
  ];

  return {
    get report() {
      return report;
    },
    onReport: (listener) => listen(reportListeners, listener),
    setMode(next) {
      if (next === mode) return;
      mode = next;
      mayPrepareAgain = true;
      const lacks = deviceLacks;
      step();
      arrange();
      if (mode !== 'device' || lacks === undefined) return;
      deviceLacks = undefined;
      step();
      loseModel(lacks);
    },
    readComparison() {
      readServerLink();
      const device = meters.device.read();
      return {
        server: { ...meters.server.read(), upBytesPerS },
        device: {
          ...device,
          answerMs: device.answerMs ?? local.answerMs,
          upBytesPerS: mode === 'auto' ? probesBytesPerS : 0,
        },
      };
    },
    start() {
      mayPrepareAgain = true;
      if (!isRunning) {
        isRunning = true;
        sessions += 1;
        labelledModels = new Set();
        policy = startPolicy(mode, nowMs(), policy.switches);
      }
      arrange();
      step();
    },
    stop,
    configure(next) {
      // A side that rests tells of its model only when it looks again.
      if (next.model !== wish.model)
        for (const backend of ['server', 'device'] as const) forgetAnswers(backend);
      // A score that is moved makes no model usable, and must not load it again and again.
      if (!isSameSelection(next, wish)) {
        deviceLacks = undefined;
        mayPrepareAgain = true;
      }
      wish = next;
      remote.configure(next);
      local.configure(next);
    },
    retryNow() {
      if (mode === 'device') return;
      // Somebody came back to the page, or the network did.
      hurryUntilMs = nowMs() + HURRY_MS;
      remote.retryNow();
    },
    wantsFrame() {
      if (!isRunning) return false;
      return active().wantsFrame() || isProbeDue(nowMs(), PROBE_MS);
    },
    push,
    readLink: () => (mode === 'device' ? undefined : remote.readLink()),
    oldestWaitMs: () => active().oldestWaitMs(),
    onLabels: (listener) => listen(labelListeners, listener),
    onUnchanged: (listener) => listen(unchangedListeners, listener),
    onState: (listener) => listen(stateListeners, listener),
    onModelLost: (listener) => listen(modelLostListeners, listener),
    close() {
      stop();
      for (const dispose of disposers.splice(0)) dispose();
      remote.close();
      local.close();
    },
  };
}

function listen<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
