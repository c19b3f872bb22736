import { isSameSelection, type ModelSelection } from '../../client/stream/modelSelection.ts';
import { nextBackend, type PolicyState, startPolicy } from './autoPolicy.ts';
import type { BackendMode } from './backend.ts';
import type { Measured } from './measured.ts';
import type { Readiness } from './readiness.ts';
import { type Backend, keyOfModel, type RecognizerState } from './recognizer.ts';

/**
 * After this time with labels the device is prepared, which takes all cores for seconds: in a visit's first ten seconds it halved the
 * labels of a laptop with two. Sooner where the scene stands still, so that no one waits for labels, but not while the page starts.
 */
const PREPARE_AFTER_MS = { moving: 10_000, still: 3_000 };
/**
 * The device's secondary models come later, as proving one that reads text takes seconds of all cores: once the scene
 * stands still, when no one waits for labels, and after this time in any case.
 */
const PREPARE_ALL_AFTER_MS = 60_000;
/**
 * While the device is used and the page is visible, the server is tried at least this often: with five seconds of health it
 * is back within ten of its return, which the delays between tries (up to five seconds) would not allow.
 */
const RETRY_MS = { min: 1_000, max: 2_000 };
/** And for this time: one that is away for longer is tried by the connection's own delays, which spare the battery. */
const HURRY_MS = 120_000;
/** A server that refused may be repaired by now. */
const REFUSED_RETRY_MS = { min: 60_000, max: 75_000 };

/** What the auto recognizer has decided and has to remember. Times in ms of the page's clock. */
export interface AutoState {
  readonly mode: BackendMode;
  readonly policy: PolicyState;
  readonly isRunning: boolean;
  readonly selection: ModelSelection;
  readonly states: Readonly<Record<Backend, RecognizerState>>;
  /** The model that was measured, per backend. */
  readonly measuredModels: Readonly<Record<Backend, string>>;
  /** The models that have labelled a frame since the backend changed: only of those anything is known to hold. */
  readonly labelledModels: readonly number[];
  readonly firstLabelsAtMs: number | undefined;
  readonly retryAtMs: number;
  readonly hurryUntilMs: number;
  /** Why the device does not have the selected model; it would use another one. */
  readonly deviceLacks: string | undefined;
  /** Whether what made the device unusable may be over. */
  readonly mayPrepareAgain: boolean;
  /** Whether the device was asked to prepare the secondary models, too. */
  readonly areAllPrepared: boolean;
}

export type AutoEvent =
  | { readonly type: 'started' }
  | { readonly type: 'stopped' }
  | { readonly type: 'mode'; readonly mode: BackendMode }
  | { readonly type: 'selected'; readonly selection: ModelSelection }
  /** A person came back to the page, or the network did. */
  | { readonly type: 'retry' }
  /** `random`: 0..1, spreads the tries of many clients. */
  | {
      readonly type: 'state';
      readonly backend: Backend;
      readonly state: RecognizerState;
      readonly random: number;
    }
  | { readonly type: 'labelled'; readonly backend: Backend; readonly modelIndex: number }
  | { readonly type: 'deviceModelLost'; readonly why: string }
  /** Time has passed, or something else has changed. `measured` without what the state knows. */
  | {
      readonly type: 'step';
      readonly server: Omit<Measured['server'], 'state'>;
      readonly device: Measured['device'];
      readonly isVisible: boolean;
      /** Whether the scene stands still. */
      readonly isStill: boolean;
      readonly random: number;
    };

/** What the shell does, in this order. */
export type AutoCommand =
  | { readonly type: 'startServer' | 'stopServer' | 'retryServer' }
  | { readonly type: 'startDevice' | 'stopDevice' | 'releaseDevice' }
  | { readonly type: 'prepareDevice'; readonly models: 'primary' | 'all' }
  /** The server has not seen what the device saw: it gets the selection again, and the next frame in any case. */
  | { readonly type: 'wakeServer' }
  | { readonly type: 'startSteps' | 'stopSteps' }
  /** What was measured of another model says nothing of this one. */
  | { readonly type: 'forgetAnswers'; readonly backend: Backend }
  | { readonly type: 'resetTypicalLatency' }
  /** No labels are awaited any more. */
  | { readonly type: 'settle' }
  | { readonly type: 'modelLost'; readonly why: string };

export interface AutoReduction {
  readonly state: AutoState;
  readonly commands: readonly AutoCommand[];
}

const IDLE: RecognizerState = { kind: 'idle' };

export const startAuto = (mode: BackendMode, nowMs: number): AutoState => ({
  mode,
  policy: startPolicy(mode, nowMs),
  isRunning: false,
  selection: {},
  states: { server: IDLE, device: IDLE },
  measuredModels: { server: '', device: '' },
  labelledModels: [],
  firstLabelsAtMs: undefined,
  retryAtMs: Number.NEGATIVE_INFINITY,
  hurryUntilMs: Number.NEGATIVE_INFINITY,
  deviceLacks: undefined,
  mayPrepareAgain: true,
  areAllPrepared: false,
});

/** Decides what follows from an event. Pure: `nowMs` is the time of the event. */
export function reduceAuto(state: AutoState, event: AutoEvent, nowMs: number): AutoReduction {
  switch (event.type) {
    case 'started': {
      const begun = {
        isRunning: true,
        labelledModels: [],
        policy: startPolicy(state.mode, nowMs, state.policy.switches),
      };
      return arranged({ ...state, ...(state.isRunning ? {} : begun), mayPrepareAgain: true }, nowMs);
    }
    case 'stopped': {
      const stopped = arranged({ ...state, isRunning: false }, nowMs);
      const policy = startPolicy(state.mode, nowMs, state.policy.switches);
      return {
        state: { ...stopped.state, firstLabelsAtMs: undefined, policy },
        commands: [...stopped.commands, { type: 'settle' }],
      };
    }
    case 'mode': {
      const isReportedNow = event.mode === 'device' && state.deviceLacks !== undefined;
      const deviceLacks = isReportedNow ? undefined : state.deviceLacks;
      const { state: next, commands } = arranged({ ...state, mode: event.mode, deviceLacks }, nowMs);
      const lost = isReportedNow && state.deviceLacks !== undefined ? [modelLost(state.deviceLacks)] : [];
      return { state: { ...next, mayPrepareAgain: true }, commands: [...commands, ...lost] };
    }
    case 'selected':
      return selected(state, event.selection);
    case 'retry':
      if (state.mode === 'device') return { state, commands: [] };
      return { state: { ...state, hurryUntilMs: nowMs + HURRY_MS }, commands: [{ type: 'retryServer' }] };
    case 'state':
      return entered(state, event, nowMs);
    case 'labelled':
      return { state: labelled(state, event, nowMs), commands: [] };
    case 'deviceModelLost':
      if (state.mode === 'device') return { state, commands: [modelLost(event.why)] };
      // The server may have it.
      return { state: { ...state, deviceLacks: event.why }, commands: [] };
    case 'step':
      return stepped(state, event, nowMs);
    default:
      return event satisfies never;
  }
}

/** Whether the device can be used for the selected model. */
export const readinessOf = ({ deviceLacks }: AutoState, readiness: Readiness): Readiness =>
  deviceLacks === undefined ? readiness : { kind: 'unusable', why: deviceLacks };

const modelLost = (why: string): AutoCommand => ({ type: 'modelLost', why });
const between = ({ min, max }: { min: number; max: number }, random: number) => min + random * (max - min);

/** Runs what the mode needs, and nothing else. */
function arranged(state: AutoState, nowMs: number): AutoReduction {
  const { isRunning, mode, policy } = state;
  const commands: AutoCommand[] = [{ type: 'stopSteps' }];
  if (!isRunning || mode === 'device') commands.push({ type: 'stopServer' });
  if (!isRunning || mode === 'server') commands.push({ type: 'stopDevice' }, { type: 'releaseDevice' });
  if (isRunning) {
    if (mode !== 'device') commands.push({ type: 'startServer' });
    // The policy follows the mode with the next step only.
    if (mode !== 'server' && policy.backend === 'device') commands.push({ type: 'startDevice' });
    if (mode === 'device') commands.push({ type: 'prepareDevice', models: 'all' });
    if (mode === 'auto') commands.push({ type: 'startSteps' });
  }
  return { state: { ...state, hurryUntilMs: nowMs + HURRY_MS, areAllPrepared: false }, commands };
}

function selected(state: AutoState, selection: ModelSelection): AutoReduction {
  const commands: AutoCommand[] = [];
  // A backend at rest reports its model only when it is used again.
  if (selection.model !== state.selection.model) {
    commands.push({ type: 'forgetAnswers', backend: 'server' }, { type: 'forgetAnswers', backend: 'device' });
  }
  // A score that is moved makes no model usable, and must not load it again and again.
  const isSame = isSameSelection(selection, state.selection);
  const renewed = isSame ? {} : { deviceLacks: undefined, mayPrepareAgain: true, areAllPrepared: false };
  return { state: { ...state, ...renewed, selection }, commands };
}

function entered(
  before: AutoState,
  { backend, state, random }: Extract<AutoEvent, { type: 'state' }>,
  nowMs: number,
): AutoReduction {
  const commands: AutoCommand[] = [];
  let { measuredModels, mayPrepareAgain, hurryUntilMs, retryAtMs } = before;
  const previous = before.states.server.kind;
  if (backend === 'server' && state.kind === 'ready' && previous !== 'ready') {
    mayPrepareAgain = true;
    // No one answers probes of the previous connection.
    if (before.policy.backend === 'device') commands.push({ type: 'settle' });
  }
  if (state.kind === 'ready') {
    const model = keyOfModel(state.model);
    if (measuredModels[backend] !== model) {
      commands.push({ type: 'forgetAnswers', backend });
      if (backend === 'server') commands.push({ type: 'resetTypicalLatency' });
    }
    measuredModels = { ...measuredModels, [backend]: model };
  }
  if (backend === 'server' && state.kind !== previous) {
    if (previous === 'ready') hurryUntilMs = nowMs + HURRY_MS;
    if (state.kind === 'failed') retryAtMs = nowMs + between(REFUSED_RETRY_MS, random);
    if (state.kind === 'reconnecting') retryAtMs = Math.min(retryAtMs, nowMs + RETRY_MS.max);
  }
  const states = { ...before.states, [backend]: state };
  return { state: { ...before, states, measuredModels, mayPrepareAgain, hurryUntilMs, retryAtMs }, commands };
}

function labelled(
  state: AutoState,
  { backend, modelIndex }: Extract<AutoEvent, { type: 'labelled' }>,
  nowMs: number,
): AutoState {
  const isFirst = backend === 'server' && modelIndex === 0 && state.firstLabelsAtMs === undefined;
  const isShown = backend === state.policy.backend && state.isRunning;
  const isNew = isShown && !state.labelledModels.includes(modelIndex);
  if (!isFirst && !isNew) return state;
  return {
    ...state,
    firstLabelsAtMs: isFirst ? nowMs : state.firstLabelsAtMs,
    labelledModels: isNew ? [...state.labelledModels, modelIndex] : state.labelledModels,
  };
}

function stepped(
  before: AutoState,
  event: Extract<AutoEvent, { type: 'step' }>,
  nowMs: number,
): AutoReduction {
  const { mode, isRunning } = before;
  const readiness = readinessOf(before, event.device.readiness);
  const measured: Measured = {
    mode,
    server: { ...event.server, state: before.states.server },
    device: { ...event.device, readiness },
  };
  const isDecided = isRunning || mode !== 'auto' || before.policy.mode !== mode;
  const policy = isDecided ? nextBackend(before.policy, measured, nowMs) : before.policy;
  const commands: AutoCommand[] = [];
  let state: AutoState = { ...before, policy };
  if (policy.backend !== before.policy.backend) {
    state = { ...state, labelledModels: [] };
    if (policy.backend === 'server') commands.push({ type: 'stopDevice' }, { type: 'wakeServer' });
    else if (isRunning) commands.push({ type: 'startDevice' });
  }
  if (!isRunning || mode !== 'auto') return { state, commands };
  if (isPrepareDue(state, readiness, event.isStill, nowMs)) {
    state = { ...state, mayPrepareAgain: false };
    commands.push({ type: 'prepareDevice', models: 'primary' });
  }
  if (areAllDue(state, readiness, event.isStill, nowMs)) {
    state = { ...state, areAllPrepared: true };
    commands.push({ type: 'prepareDevice', models: 'all' });
  }
  if (policy.backend !== 'device' || nowMs < state.retryAtMs || !event.isVisible) return { state, commands };
  const { kind } = state.states.server;
  if (kind === 'failed') {
    state = { ...state, retryAtMs: nowMs + between(REFUSED_RETRY_MS, event.random) };
    commands.push({ type: 'startServer' });
  } else if (kind === 'reconnecting' && nowMs < state.hurryUntilMs) {
    state = { ...state, retryAtMs: nowMs + between(RETRY_MS, event.random) };
    commands.push({ type: 'retryServer' });
  }
  return { state, commands };
}

function isPrepareDue(state: AutoState, { kind }: Readiness, isStill: boolean, nowMs: number): boolean {
  const { firstLabelsAtMs, mayPrepareAgain } = state;
  const afterMs = isStill ? PREPARE_AFTER_MS.still : PREPARE_AFTER_MS.moving;
  const isFirstDone = firstLabelsAtMs !== undefined && nowMs - firstLabelsAtMs >= afterMs;
  if (!isFirstDone && !isServerBad(state)) return false;
  return kind === 'cold' || (kind === 'unusable' && mayPrepareAgain);
}

/** Whether the secondary models are to be prepared. */
function areAllDue(
  { firstLabelsAtMs, selection, areAllPrepared }: AutoState,
  { kind }: Readiness,
  isStill: boolean,
  nowMs: number,
): boolean {
  if (areAllPrepared || kind !== 'ready' || firstLabelsAtMs === undefined) return false;
  if (selection.secondary === undefined || selection.secondary.length === 0) return false;
  return isStill || nowMs - firstLabelsAtMs >= PREPARE_ALL_AFTER_MS;
}

function isServerBad({ policy: { reason, backend }, states }: AutoState): boolean {
  if (backend === 'device' || reason.kind === 'device-preparing' || reason.kind === 'device-unusable')
    return true;
  const { kind } = states.server;
  return kind !== 'ready' && kind !== 'connecting' && kind !== 'idle';
}
