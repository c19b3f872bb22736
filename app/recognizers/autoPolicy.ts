import { quantile } from '../../protocol/quantile.ts';
import type { BackendMode, BackendReason } from './backend.ts';
import type { Measured, ServerAnswer } from './measured.ts';
import type { Backend, RecognizerState } from './recognizer.ts';

/** What the policy decided, and what it has to know for the next time. Times in ms of the page's clock. */
export interface PolicyState {
  readonly mode: BackendMode;
  readonly backend: Backend;
  readonly reason: BackendReason;
  readonly reasonSinceMs: number;
  /** When the backend last changed, automatically or by a person. */
  readonly sinceMs: number;
  /** Number of automatic changes. */
  readonly switches: number;
  readonly atMs: number;
  /** Since when the page has been running without standing still: what was before says nothing of the server. */
  readonly awakeSinceMs: number;
  /** Since when the server's state has not been `ready`. */
  readonly downSinceMs: number | undefined;
  /** Since when the p95 round trip has been over the budget. */
  readonly slowSinceMs: number | undefined;
  /** Since when the server has been healthy, while the device is in use. */
  readonly healthySinceMs: number | undefined;
  /** How long it must be healthy before frames return to it. */
  readonly neededHealthMs: number;
  /** When frames last returned to it. */
  readonly returnedAtMs: number | undefined;
  /** Since when the device could not answer, while it is in use. */
  readonly unreadySinceMs: number | undefined;
  /** A device that failed while in use is not used until then. */
  readonly distrust: { readonly untilMs: number; readonly forMs: number; readonly why: string };
}

/** A lost socket is mostly back within this; after a second without labels, nothing is on the screen. */
const LOST_MS = 400;
/** A first connection over a slow way takes a while. */
const CONNECTING_MS = 1_500;
/** Number of consecutive age bounds without an answer that is no hiccup. */
const MISSED = 3;
/** The bound of an answer is this multiple of the typical one, and never less than `MIN_BOUND_MS`; a worker may pause for half of that. */
const BOUND_SHARE = 3;
const MIN_BOUND_MS = 200;
/** Fewer answers have no typical time. */
const NEEDED_ANSWERS = 4;
/** Window of the p95 round trip. Half of `SLOW_MS`, so that one burst is not taken for a slow link. */
const P95_WINDOW_MS = 1_500;
const SLOW_MS = 3_000;
/** Below this no one sees a difference, ms. */
const MIN_BUDGET_MS = 300;
/** While the device was not measured. */
const UNMEASURED_BUDGET_MS = 600;
/** A server that takes longer than this multiple of the device's time is the worse one. */
const BUDGET_SHARE = 1.5;
/** To be asked again the server has to be better than it needs to be to stay. */
const RETURN_SHARE = 0.8;
/** Of the ten probes of five seconds one may be late. */
const LATE_PROBES = 1;
/** Probes are this far apart at most, with their answer: no answer for longer is no sign of health. */
const EVIDENCE_MS = 1_500;
const HEALTH_MS = { min: 5_000, max: 120_000 };
/** A return that lasted less than the first was a mistake; one that lasted the second was right. */
const FAILED_WITHIN_MS = 60_000;
const FORGIVEN_AFTER_MS = 120_000;
/** How long a device is waited for whose worker is being renewed. */
const UNREADY_MS = 1_000;
const DISTRUST_MS = { min: 10_000, max: 120_000 };
/** While the device is in use, the reason changes at most this often, for a link that is now silent, now slow. */
const REASON_STANDS_MS = 10_000;
/** Time between two steps above which the page itself stood still: hidden, asleep or busy. */
const STOOD_STILL_MS = 800;

/** Where frames go first, and where a person who chooses a mode sends them. */
export function startPolicy(mode: BackendMode, nowMs: number, switches = 0): PolicyState {
  return {
    mode,
    backend: mode === 'device' ? 'device' : 'server',
    reason: { kind: mode === 'auto' ? 'starting' : 'chosen' },
    reasonSinceMs: nowMs,
    sinceMs: nowMs,
    switches,
    atMs: nowMs,
    awakeSinceMs: nowMs,
    downSinceMs: undefined,
    slowSinceMs: undefined,
    healthySinceMs: undefined,
    neededHealthMs: HEALTH_MS.min,
    returnedAtMs: undefined,
    unreadySinceMs: undefined,
    distrust: { untilMs: Number.NEGATIVE_INFINITY, forMs: 0, why: '' },
  };
}

/**
 * Which backend labels frames from now on, and why. The server is left when it is away, when three age bounds and the
 * budget passed without an answer, and when its p95 round trip has been over the budget for three seconds, as soon as
 * the device is ready; it is asked again after five seconds of good probes. Each return that fails within a minute doubles the health
 * that the next one needs, up to two minutes, until the server was good for two minutes: so a link that comes and goes
 * is not followed.
 *
 * Pure; to be called several times a second, and whenever something changed.
 */
export function nextBackend(before: PolicyState, measured: Measured, nowMs: number): PolicyState {
  if (measured.mode !== before.mode) return changeMode(before, measured, nowMs);
  if (measured.mode !== 'auto') return withReason({ ...before, atMs: nowMs }, chosenReason(measured));
  const state = observe(before, measured, nowMs);
  return state.backend === 'server'
    ? whileServer(state, measured, nowMs)
    : whileDevice(state, measured, nowMs);
}

/** The p95 round trip that the server may have: more, and this device would be the better one. */
export function budgetMs(deviceAnswerMs: number | undefined): number {
  if (deviceAnswerMs === undefined) return UNMEASURED_BUDGET_MS;
  return Math.max(MIN_BUDGET_MS, BUDGET_SHARE * deviceAnswerMs);
}

/** A person's choice stands even if the device cannot run the model: then the reason says so. */
function chosenReason({ mode, device: { readiness } }: Pick<Measured, 'mode' | 'device'>): BackendReason {
  if (mode === 'server') return { kind: 'chosen' };
  switch (readiness.kind) {
    // Nothing was asked of it yet.
    case 'cold':
    case 'ready':
      return { kind: 'chosen' };
    case 'preparing':
      return { kind: 'device-preparing', why: readiness.why };
    case 'unusable':
      return { kind: 'device-unusable', why: readiness.why };
    default:
      return readiness satisfies never;
  }
}

function changeMode(before: PolicyState, { mode, device }: Measured, nowMs: number): PolicyState {
  const state = startPolicy(mode, nowMs, before.switches);
  // The server is connected to first: the device goes on until it has proven itself.
  const stays = mode === 'auto' && before.backend === 'device' && device.readiness.kind === 'ready';
  const backend = stays ? 'device' : state.backend;
  const reason = mode === 'auto' ? state.reason : chosenReason({ mode, device });
  return { ...state, backend, reason, sinceMs: backend === before.backend ? before.sinceMs : nowMs };
}

/** Keeps the time since which things have been as they are. */
function observe(before: PolicyState, measured: Measured, nowMs: number): PolicyState {
  const { server, device } = measured;
  const stoodStill = nowMs - before.atMs > STOOD_STILL_MS;
  const awakeSinceMs = stoodStill ? nowMs : before.awakeSinceMs;
  const since = (holds: boolean, sinceMs: number | undefined) => {
    if (!holds) return undefined;
    return stoodStill ? nowMs : (sinceMs ?? nowMs);
  };
  const state = { ...before, atMs: nowMs, awakeSinceMs };
  const isDown = server.state.kind !== 'ready' && server.state.kind !== 'idle';
  const isSlow = p95Ms(state, measured, nowMs) > budgetMs(device.answerMs);
  const isWell = before.backend === 'device' && isHealthy(state, measured, nowMs);
  const isUnready = before.backend === 'device' && device.readiness.kind !== 'ready';
  return {
    ...state,
    downSinceMs: since(isDown, before.downSinceMs),
    slowSinceMs: since(isSlow, before.slowSinceMs),
    healthySinceMs: since(isWell, before.healthySinceMs),
    unreadySinceMs: since(isUnready, before.unreadySinceMs),
  };
}

function whileServer(state: PolicyState, measured: Measured, nowMs: number): PolicyState {
  const problem = serverProblemOf(state, measured, nowMs);
  const { readiness } = measured.device;
  if (problem === undefined) {
    const reason = { kind: measured.server.answers.length === 0 ? 'starting' : 'healthy' } as const;
    return forgive(withReason(state, reason), nowMs);
  }
  if (readiness.kind === 'unusable') {
    return withReason(state, { kind: 'device-unusable', why: readiness.why });
  }
  if (readiness.kind !== 'ready') {
    const why = readiness.kind === 'preparing' ? readiness.why : undefined;
    return withReason(state, { kind: 'device-preparing', why });
  }
  if (nowMs < state.distrust.untilMs) {
    return withReason(state, { kind: 'device-unusable', why: state.distrust.why });
  }
  const { returnedAtMs } = state;
  const hasFailed = returnedAtMs !== undefined && nowMs - returnedAtMs < FAILED_WITHIN_MS;
  const neededHealthMs = Math.min(HEALTH_MS.max, state.neededHealthMs * (hasFailed ? 2 : 1));
  return { ...moved(state, 'device', problem, nowMs), neededHealthMs };
}

function whileDevice(state: PolicyState, measured: Measured, nowMs: number): PolicyState {
  const problem = serverProblemOf(state, measured, nowMs);
  const { readiness } = measured.device;
  const isServerThere = measured.server.state.kind === 'ready' && problem === undefined;
  const isLate = nowMs - (state.unreadySinceMs ?? nowMs) >= UNREADY_MS;
  if (readiness.kind === 'unusable' || (isLate && isServerThere)) {
    const isUnusable = readiness.kind === 'unusable';
    const why = isUnusable ? readiness.why : 'It was not ready.';
    const reason: BackendReason = isUnusable
      ? { kind: 'device-unusable', why }
      : { kind: 'device-preparing' };
    const isSoon = nowMs - state.sinceMs < FAILED_WITHIN_MS;
    const forMs = isSoon ? Math.max(DISTRUST_MS.min, 2 * state.distrust.forMs) : DISTRUST_MS.min;
    const distrust = { untilMs: nowMs + Math.min(DISTRUST_MS.max, forMs), forMs, why };
    return { ...moved(state, 'server', reason, nowMs), distrust };
  }
  const { healthySinceMs } = state;
  if (healthySinceMs !== undefined && nowMs - healthySinceMs >= state.neededHealthMs) {
    return { ...moved(state, 'server', { kind: 'healthy' }, nowMs), returnedAtMs: nowMs };
  }
  // Whoever refused stands by it until the try after it has ended.
  const isTriedAgain = state.reason.kind === 'server-refused' && measured.server.state.kind === 'connecting';
  if (isTriedAgain) return state;
  const isNews = state.reason.kind === 'starting' || nowMs - state.reasonSinceMs >= REASON_STANDS_MS;
  return problem !== undefined && isNews ? withReason(state, problem) : state;
}

function moved(state: PolicyState, backend: Backend, reason: BackendReason, nowMs: number): PolicyState {
  return {
    ...state,
    backend,
    reason,
    reasonSinceMs: nowMs,
    sinceMs: nowMs,
    switches: state.switches + 1,
    slowSinceMs: undefined,
    healthySinceMs: undefined,
    unreadySinceMs: undefined,
  };
}

/** A reason of the same kind keeps its figures, so that the badge does not flicker. */
function withReason(state: PolicyState, reason: BackendReason): PolicyState {
  const { reason: before } = state;
  const isSame = before.kind === reason.kind && whyOf(before) === whyOf(reason);
  return isSame ? state : { ...state, reason, reasonSinceMs: state.atMs };
}

const whyOf = (reason: BackendReason): string | undefined => ('why' in reason ? reason.why : undefined);

function forgive(state: PolicyState, nowMs: number): PolicyState {
  const { returnedAtMs } = state;
  const isGood = returnedAtMs !== undefined && nowMs - returnedAtMs >= FORGIVEN_AFTER_MS;
  return isGood ? { ...state, neededHealthMs: HEALTH_MS.min } : state;
}

/** What is wrong with the server, if it is bad enough to leave it. */
function serverProblemOf(state: PolicyState, measured: Measured, nowMs: number): BackendReason | undefined {
  const { server, device } = measured;
  const downForMs = nowMs - (state.downSinceMs ?? nowMs);
  const graceMs = server.state.kind === 'connecting' ? CONNECTING_MS : LOST_MS;
  if (downForMs >= graceMs) return downReason(server.state);
  const waitedMs = waitMs(state, measured, nowMs);
  // While the device would take longer than that to answer, the server may as well.
  const isLong = waitedMs >= budgetMs(device.answerMs);
  if (isLong && missedBounds(state, measured, nowMs) >= MISSED) return { kind: 'silent', waitedMs };
  if (nowMs - (state.slowSinceMs ?? nowMs) < SLOW_MS) return undefined;
  const roundTripMs = p95Ms(state, measured, nowMs);
  return { kind: 'slow', roundTripMs, budgetMs: budgetMs(device.answerMs) };
}

function downReason(state: RecognizerState): BackendReason | undefined {
  switch (state.kind) {
    case 'idle':
    case 'ready':
      return undefined;
    case 'connecting':
      return { kind: 'server-unreachable' };
    case 'reconnecting':
      return { kind: state.reached === 'lost' ? 'server-lost' : 'server-unreachable' };
    case 'busy':
      return { kind: 'server-busy' };
    case 'unauthorized':
    case 'failed':
      return { kind: 'server-refused', message: state.message };
    default:
      return state satisfies never;
  }
}

/** How many age bounds in a row have passed without an answer, while frames wait. */
function missedBounds(state: PolicyState, measured: Measured, nowMs: number): number {
  return Math.floor(waitMs(state, measured, nowMs) / answerBoundMs(measured));
}

/** How long frames have waited without any answer, while the page was able to receive one. */
function waitMs({ awakeSinceMs }: PolicyState, { server }: Measured, nowMs: number): number {
  const lastAnswerMs = server.answers.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
  return Math.max(0, Math.min(server.oldestWaitMs ?? 0, nowMs - lastAnswerMs, nowMs - awakeSinceMs));
}

/** How long an answer may take. */
function answerBoundMs({ server: { answers, boundMs } }: Measured): number {
  const roundTrips = answers.map(({ roundTripMs }) => roundTripMs);
  const typicalMs = quantile(roundTrips, 0.5);
  if (typicalMs === undefined || answers.length < NEEDED_ANSWERS) return boundMs;
  return Math.min(boundMs, Math.max(MIN_BOUND_MS, BOUND_SHARE * typicalMs));
}

/** Of the last moments; 0 where nothing is known. A frame that waits has a round trip of that at least. */
function p95Ms(state: PolicyState, measured: Measured, nowMs: number): number {
  const answered = receivedAnswers(state, measured)
    .filter(({ atMs }) => nowMs - atMs <= P95_WINDOW_MS)
    .map(({ roundTripMs }) => roundTripMs);
  return Math.max(quantile(answered, 0.95) ?? 0, waitMs(state, measured, nowMs));
}

/** Answers to frames that were sent since the page last stood still. */
function receivedAnswers({ awakeSinceMs }: PolicyState, { server }: Measured): readonly ServerAnswer[] {
  return server.answers.filter(({ atMs, roundTripMs }) => atMs - roundTripMs >= awakeSinceMs);
}

/** Whether frames could return to the server, judging by its last answers. */
function isHealthy(state: PolicyState, measured: Measured, nowMs: number): boolean {
  const { server, device } = measured;
  if (server.state.kind !== 'ready' || missedBounds(state, measured, nowMs) >= MISSED) return false;
  const limitMs = RETURN_SHARE * budgetMs(device.answerMs);
  const answers = receivedAnswers(state, measured);
  const last = answers.at(-1);
  if (last === undefined || nowMs - last.atMs > EVIDENCE_MS) return false;
  const { healthySinceMs } = state;
  if (healthySinceMs === undefined) return last.roundTripMs <= limitMs;
  const late = answers.filter(({ atMs, roundTripMs }) => atMs >= healthySinceMs && roundTripMs > limitMs);
  return late.length <= LATE_PROBES;
}
