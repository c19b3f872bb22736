import { Listeners } from '../../client/listeners.ts';
import type { LinkReading } from '../../client/stream/linkMeter.ts';
import type { Label } from '../../protocol/messages.ts';
import { EMPTY_HANDOVER, type HandoverState, handOver } from '../../vision/handover.ts';
import type { GrabbedFrame } from '../capture/grabFrames.ts';
import { type AutoCommand, type AutoEvent, readinessOf, reduceAuto, startAuto } from './autoState.ts';
import type { BackendMode, BackendReport, Comparison } from './backend.ts';
import type { LocalRecognizer } from './localRecognizer.ts';
import type { Backend, FrameLabels, Recognizer, RecognizerState, UnchangedFrame } from './recognizer.ts';
import type { RemoteRecognizer } from './remoteRecognizer.ts';
import { ServerWatch } from './serverWatch.ts';
import { SideMeter } from './sideMeter.ts';

/** Interval of the policy's steps. */
const STEP_MS = 100;
/** While the device is in use, the server gets a probe at this interval; it may wait a little for a frame that the device cannot take. */
const PROBE_MS = 500;
const PROBE_AT_LATEST_MS = 650;
/** The scene stands still while a frame that shows nothing new is no older than this. */
const STILL_MS = 600;
/** Window of the bytes that `readLink` reports. */
const LINK_WINDOW_MS = 5_000;
/** While there is no connection that says otherwise. */
const DEFAULT_BOUND_MS = 1_000;

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
  /** Whether the page may be visible. */
  isVisible?: () => boolean;
  nowMs?: () => number;
  random?: () => number;
}

const IDLE: RecognizerState = { kind: 'idle' };

/** @param options both recognizers, which it closes; no one else may use them, except for `local.predict` */
export function createAutoRecognizer({
  remote,
  local,
  mode: firstMode,
  isVisible = () => !document.hidden,
  nowMs = () => performance.now(),
  random = Math.random,
}: AutoOptions): AutoRecognizer {
  const labelsListeners = new Listeners<FrameLabels>();
  const unchangedListeners = new Listeners<UnchangedFrame>();
  const stateListeners = new Listeners<RecognizerState>();
  const modelLostListeners = new Listeners<string>();
  const reportListeners = new Listeners<BackendReport>();
  const meters: Record<Backend, SideMeter> = { server: new SideMeter(), device: new SideMeter() };
  const watch = new ServerWatch();

  let auto = startAuto(firstMode, nowMs());
  let timer: ReturnType<typeof setInterval> | undefined;
  let handover: HandoverState<Label> = EMPTY_HANDOVER;
  let sessions = 0;
  let unchangedAtMs = Number.NEGATIVE_INFINITY;
  let probedAtMs = Number.NEGATIVE_INFINITY;
  /** What the stream took when the server was last used, and the probes when the device was. */
  let upBytesPerS: number | undefined;
  let probesBytesPerS: number | undefined;
  let lastState: RecognizerState = IDLE;
  let report = reportNow();

  const active = (): Recognizer => (auto.policy.backend === 'server' ? remote : local);

  function reportNow(): BackendReport {
    const { mode, backend, reason, sinceMs, switches } = auto.policy;
    return { mode, backend, reason, device: readinessOf(auto, local.readiness), sinceMs, switches };
  }

  /** Its commands may cause further events, which come before the rest of the commands. */
  function dispatch(event: AutoEvent): void {
    const { state, commands } = reduceAuto(auto, event, nowMs());
    auto = state;
    for (const command of commands) run(command);
  }

  function run(command: AutoCommand): void {
    switch (command.type) {
      case 'startServer':
        remote.start();
        return;
      case 'stopServer':
        remote.stop();
        return;
      case 'retryServer':
        remote.retryNow();
        return;
      case 'wakeServer':
        remote.configure(auto.selection);
        return;
      case 'startDevice':
        local.start();
        return;
      case 'stopDevice':
        local.stop();
        return;
      case 'prepareDevice':
        local.prepare(command.models);
        return;
      case 'releaseDevice':
        local.release();
        return;
      case 'startSteps':
        timer = setInterval(step, STEP_MS);
        return;
      case 'stopSteps':
        clearInterval(timer);
        return;
      case 'forgetAnswers':
        meters[command.backend] = new SideMeter();
        return;
      case 'resetTypicalLatency':
        watch.forget();
        return;
      case 'settle':
        watch.settled();
        return;
      case 'modelLost':
        modelLostListeners.emit(command.why);
        return;
      default:
        command satisfies never;
    }
  }

  function step(): void {
    const boundMs = readServerLink()?.maxLabelAgeMs ?? DEFAULT_BOUND_MS;
    dispatch({
      type: 'step',
      server: { boundMs, ...watch.read(remote.oldestWaitMs(), nowMs()) },
      device: { readiness: local.readiness, answerMs: local.answerMs },
      isVisible: isVisible(),
      isStill: nowMs() - unchangedAtMs <= STILL_MS,
      random: random(),
    });
    notify();
  }

  function notify(): void {
    const next = reportNow();
    if (JSON.stringify(next) !== JSON.stringify(report)) {
      report = next;
      reportListeners.emit(report);
    }
    const state = auto.isRunning ? auto.states[auto.policy.backend] : IDLE;
    if (state === lastState || (state.kind === 'idle' && lastState.kind === 'idle')) return;
    lastState = state;
    stateListeners.emit(state);
  }

  function readServerLink(): LinkReading | undefined {
    const link = remote.readLink();
    if (auto.policy.backend === 'device') {
      // Before, the reading is of the stream.
      const isProbesOnly = nowMs() - auto.policy.sinceMs >= LINK_WINDOW_MS;
      if (link === undefined || isProbesOnly) probesBytesPerS = link?.upBytesPerS ?? 0;
    } else if (link) {
      upBytesPerS = link.upBytesPerS;
    }
    return link;
  }

  function isProbeDue(atMs: number, afterMs: number): boolean {
    if (auto.mode !== 'auto' || auto.policy.backend !== 'device') return false;
    return atMs - probedAtMs >= afterMs && remote.wantsFrame();
  }

  function push(frame: GrabbedFrame): void {
    const atMs = nowMs();
    if (auto.policy.backend === 'server') {
      if (remote.push(frame)) watch.pushed(atMs);
      return;
    }
    const isLocalFree = local.wantsFrame();
    if (isProbeDue(atMs, isLocalFree ? PROBE_AT_LATEST_MS : PROBE_MS)) {
      probedAtMs = atMs;
      if (remote.probe(frame)) watch.pushed(atMs);
    } else if (isLocalFree) {
      local.push(frame);
    } else {
      frame.picture.close();
    }
  }

  function onLabels(frame: FrameLabels): void {
    const { backend, modelIndex, trace, session, capturedAtMs, labels } = frame;
    const isActive = backend === auto.policy.backend;
    if (modelIndex === 0) {
      const answerMs = trace.arrivedAtMs - trace.grabbedAtMs;
      const atMs = nowMs();
      meters[backend].add({ atMs, answerMs, inferMs: trace.timing.inferMs, isStreamed: isActive });
      if (backend === 'server') watch.labelled({ atMs, roundTripMs: answerMs });
    }
    dispatch({ type: 'labelled', backend, modelIndex });
    // Those of the other backend come late, or of a probe; what is on screen stays until this one has labels of its own.
    if (!isActive || !auto.isRunning) return;
    const source = `${backend} ${session}`;
    const handed = handOver(handover, { source, modelIndex, labels, capturedAtMs });
    handover = handed.state;
    labelsListeners.emit({ ...frame, labels: handed.labels, session: `lens-${sessions}` });
  }

  function onUnchanged(backend: Backend, { capturedAtMs, modelIndexes }: UnchangedFrame): void {
    if (backend === 'server') watch.settled();
    unchangedAtMs = nowMs();
    if (backend !== auto.policy.backend || !auto.isRunning) return;
    const known = modelIndexes.filter((modelIndex) => auto.labelledModels.includes(modelIndex));
    if (known.length > 0) unchangedListeners.emit({ capturedAtMs, modelIndexes: known });
  }

  function onState(backend: Backend, state: RecognizerState): void {
    dispatch({ type: 'state', backend, state, random: random() });
    step();
  }

  function stop(): void {
    if (!auto.isRunning) return;
    dispatch({ type: 'stopped' });
    notify();
  }

  const disposers = [
    remote.onLabels(onLabels),
    local.onLabels(onLabels),
    remote.onUnchanged((frame) => onUnchanged('server', frame)),
    local.onUnchanged((frame) => onUnchanged('device', frame)),
    remote.onState((state) => onState('server', state)),
    local.onState((state) => onState('device', state)),
    remote.onModelLost((why) => modelLostListeners.emit(why)),
    local.onModelLost((why) => {
      dispatch({ type: 'deviceModelLost', why });
      step();
    }),
    local.onReadiness(step),
  ];

  return {
    get report() {
      return report;
    },
    onReport: (listener) => reportListeners.add(listener),
    setMode(mode) {
      if (mode === auto.mode) return;
      dispatch({ type: 'mode', mode });
      step();
    },
    readComparison() {
      readServerLink();
      const device = meters.device.read();
      return {
        server: { ...meters.server.read(), upBytesPerS },
        device: {
          ...device,
          answerMs: device.answerMs ?? local.answerMs,
          upBytesPerS: auto.mode === 'auto' ? probesBytesPerS : 0,
        },
      };
    },
    start() {
      if (!auto.isRunning) sessions += 1;
      dispatch({ type: 'started' });
      step();
    },
    stop,
    configure(selection) {
      dispatch({ type: 'selected', selection });
      remote.configure(selection);
      local.configure(selection);
    },
    lookCloser(box) {
      remote.lookCloser(box);
      local.lookCloser(box);
    },
    retryNow: () => dispatch({ type: 'retry' }),
    wantsFrame() {
      if (!auto.isRunning) return false;
      return active().wantsFrame() || isProbeDue(nowMs(), PROBE_MS);
    },
    push,
    readLink: () => (auto.mode === 'device' ? undefined : remote.readLink()),
    readPicture: () => (auto.policy.backend === 'device' ? undefined : remote.readPicture()),
    oldestWaitMs: () => active().oldestWaitMs(),
    onLabels: (listener) => labelsListeners.add(listener),
    onUnchanged: (listener) => unchangedListeners.add(listener),
    onState: (listener) => stateListeners.add(listener),
    onModelLost: (listener) => modelLostListeners.add(listener),
    close() {
      stop();
      for (const dispose of disposers.splice(0)) dispose();
      remote.close();
      local.close();
    },
  };
}
