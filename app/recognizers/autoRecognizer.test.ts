import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Label, ModelInfo } from '../../protocol/messages.ts';
import type { GrabbedFrame } from '../capture/grabFrames.ts';
import { mockTimers } from '../testing/mockTimers.ts';
import { DELIVERED } from '../ui/words/words.ts';
import { createAutoRecognizer } from './autoRecognizer.ts';
import type { BackendMode, BackendReport } from './backend.ts';
import type { LocalRecognizer } from './localRecognizer.ts';
import type { Readiness } from './readiness.ts';
import { reasonText } from './reasonText.ts';
import type { Backend, FrameLabels, Recognizer, RecognizerState, UnchangedFrame } from './recognizer.ts';
import type { RemoteRecognizer } from './remoteRecognizer.ts';

const MODEL: ModelInfo = {
  id: 'm',
  version: '1',
  name: 'M',
  task: 'object-detection',
  labels: ['cat'],
  input: { width: 300, height: 300, fit: 'stretch' },
  minScore: { floor: 0.2, default: 0.5 },
};
const STEP_MS = 20;
const CAMERA_MS = 40;

/** What both stand-ins have in common: frames that are answered after a while, while they run. */
class Side implements Recognizer {
  readonly backend: Backend;
  nowMs = 0;
  state: RecognizerState = { kind: 'idle' };
  isRunning = false;
  /** How often frames were handed over, and when the last one was. */
  pushes = 0;
  pushedAtMs = Number.NEGATIVE_INFINITY;
  session = '';
  /** As of a tracker that starts again with each session. */
  catId = 1;
  unchanged = false;
  selections: unknown[] = [];
  waiting: { capturedAtMs: number; dueAtMs: number; sentAtMs: number }[] = [];
  readonly #labels = new Set<(frame: FrameLabels) => void>();
  readonly #unchanged = new Set<(frame: UnchangedFrame) => void>();
  readonly #states = new Set<(state: RecognizerState) => void>();
  readonly #lost = new Set<(why: string) => void>();

  constructor(backend: Backend) {
    this.backend = backend;
  }

  start() {
    this.isRunning = true;
  }

  stop() {
    this.isRunning = false;
    this.waiting = [];
    this.enter({ kind: 'idle' });
  }

  configure(selection: unknown) {
    this.selections.push(selection);
  }

  lookCloser() {}
  retryNow() {}

  /** What goes over it, while it is there. */
  upBytesPerS: number | undefined;

  readLink(): ReturnType<Recognizer['readLink']> {
    const { upBytesPerS } = this;
    if (upBytesPerS === undefined || this.state.kind !== 'ready') return undefined;
    const rest = { bytesPerLabel: undefined, roundTripMs: undefined, framesInFlight: 0, quality: 0.8 };
    return { upBytesPerS, ...rest, maxLabelAgeMs: 1_000 };
  }

  readPicture() {
    return undefined;
  }

  oldestWaitMs() {
    const [oldest] = this.waiting;
    return oldest && this.nowMs - oldest.sentAtMs;
  }

  wantsFrame() {
    return this.isRunning && this.state.kind === 'ready' && this.waiting.length < 1;
  }

  takesMs() {
    return 80;
  }

  push({ picture, capturedAtMs }: GrabbedFrame) {
    picture.close();
    if (!this.wantsFrame()) return false;
    this.pushes += 1;
    this.pushedAtMs = this.nowMs;
    this.waiting.push({ capturedAtMs, sentAtMs: this.nowMs, dueAtMs: this.nowMs + this.takesMs() });
    return true;
  }

  advance(nowMs: number) {
    this.nowMs = nowMs;
    for (const frame of this.waiting.filter(({ dueAtMs }) => dueAtMs <= nowMs)) this.answer(frame);
    this.waiting = this.waiting.filter(({ dueAtMs }) => dueAtMs > nowMs);
  }

  answer({ capturedAtMs, sentAtMs }: { capturedAtMs: number; sentAtMs: number }) {
    if (this.unchanged) {
      for (const listener of this.#unchanged) listener({ capturedAtMs, modelIndexes: [0] });
      return;
    }
    const x = 0.1 + 0.1 * Math.sin(capturedAtMs / 4_000);
    const labels: Label[] = [{ id: this.catId, label: 'cat', score: 0.8, box: [x, 0.2, 0.4, 0.4] }];
    const timing = { queueMs: 0, decodeMs: 0, inferMs: 20, serverMs: 20 };
    const link = { uplinkMs: 0, downlinkMs: 0 };
    const trace = { capturedAtMs, grabbedAtMs: sentAtMs, sentAtMs, arrivedAtMs: this.nowMs, timing, link };
    const { backend, session } = this;
    const frame = { backend, modelIndex: 0, session, labels, capturedAtMs, maxLabelAgeMs: 1_000, trace };
    for (const listener of this.#labels) listener(frame);
  }

  enter(state: RecognizerState) {
    if (state.kind === this.state.kind) return;
    this.state = state;
    for (const listener of this.#states) listener(state);
  }

  /** Another model takes over, or another version. */
  change(model: Partial<ModelInfo>) {
    this.state = { kind: 'ready', model: { ...MODEL, ...model } };
    for (const listener of this.#states) listener(this.state);
  }

  loseModel(why: string) {
    for (const listener of this.#lost) listener(why);
  }

  onLabels(listener: (frame: FrameLabels) => void) {
    this.#labels.add(listener);
    return () => this.#labels.delete(listener);
  }

  onUnchanged(listener: (frame: UnchangedFrame) => void) {
    this.#unchanged.add(listener);
    return () => this.#unchanged.delete(listener);
  }

  onState(listener: (state: RecognizerState) => void) {
    this.#states.add(listener);
    return () => this.#states.delete(listener);
  }

  onModelLost(listener: (why: string) => void) {
    this.#lost.add(listener);
    return () => this.#lost.delete(listener);
  }

  close() {
    this.stop();
  }
}

type Link = { roundTripMs: number } | 'cut' | 'silent';
const GOOD: Link = { roundTripMs: 40 };

class Server extends Side implements RemoteRecognizer {
  link: Link = GOOD;
  busy = false;
  /** Answers frames with nothing. */
  drops = false;
  /** Turns everybody away. */
  refuses = false;
  starts = 0;
  sessions = 0;
  probes = 0;
  tries = 0;
  #retryAtMs = 0;

  constructor() {
    super('server');
  }

  override start() {
    super.start();
    this.starts += 1;
    if (this.state.kind === 'idle' || this.state.kind === 'failed') this.enter({ kind: 'connecting' });
  }

  probe(frame: GrabbedFrame): boolean {
    this.probes += 1;
    return this.push(frame);
  }

  override retryNow() {
    this.tries += 1;
    if (this.state.kind === 'reconnecting') this.#retryAtMs = this.nowMs;
  }

  override takesMs() {
    return typeof this.link === 'object' ? this.link.roundTripMs : Number.POSITIVE_INFINITY;
  }

  override advance(nowMs: number) {
    // What was on its way when the link fell silent arrives when it speaks again.
    if (this.link === 'silent')
      for (const frame of this.waiting) frame.dueAtMs = Math.max(frame.dueAtMs, nowMs + 1);
    else for (const frame of this.waiting) frame.dueAtMs = Math.min(frame.dueAtMs, nowMs + this.takesMs());
    if (this.drops) this.waiting = [];
    super.advance(nowMs);
    if (!this.isRunning) return;
    if (this.state.kind === 'ready') {
      if (this.link === 'cut' || (this.oldestWaitMs() ?? 0) > 4_000) this.#lose(nowMs);
    } else if (this.refuses) {
      this.enter({ kind: 'failed', message: 'Not you.' });
    } else if (this.state.kind === 'failed') {
      // It is not tried automatically.
    } else if (this.busy) {
      this.enter({ kind: 'busy', retryAtMs: undefined });
    } else if (typeof this.link === 'object' && nowMs >= this.#retryAtMs) {
      this.sessions += 1;
      this.session = `s${this.sessions}`;
      this.catId = 10 * this.sessions;
      this.enter({ kind: 'ready', model: MODEL });
    } else if (this.link !== 'silent' && nowMs >= this.#retryAtMs) {
      this.#lose(nowMs);
    }
  }

  #lose(nowMs: number) {
    this.waiting = [];
    // As far apart as tries are after a while.
    this.#retryAtMs = nowMs + 5_000;
    const reached = this.sessions > 0 ? 'lost' : 'never';
    this.enter({ kind: 'reconnecting', reached, retryAtMs: this.#retryAtMs });
  }
}

class Device extends Side implements LocalRecognizer {
  readiness: Readiness = { kind: 'cold' };
  preparations = 0;
  readyAfterMs = 1_000;
  unusable: string | undefined;
  #readyAtMs = Number.POSITIVE_INFINITY;
  readonly #readinesses = new Set<(readiness: Readiness) => void>();

  constructor() {
    super('device');
  }

  get answerMs() {
    return this.readiness.kind === 'ready' ? this.takesMs() : undefined;
  }

  override start() {
    if (this.isRunning) return;
    super.start();
    this.catId += 1;
    this.session = `device-${this.catId}`;
    this.enter(this.readiness.kind === 'ready' ? { kind: 'ready', model: MODEL } : { kind: 'connecting' });
  }

  prepare() {
    if (this.readiness.kind === 'ready' || this.readiness.kind === 'preparing') return;
    this.preparations += 1;
    this.#readyAtMs = this.nowMs + this.readyAfterMs;
    this.become({ kind: 'preparing' });
  }

  release() {
    this.become({ kind: 'cold' });
  }

  become(readiness: Readiness) {
    this.readiness = readiness;
    for (const listener of this.#readinesses) listener(readiness);
  }

  override advance(nowMs: number) {
    super.advance(nowMs);
    if (this.readiness.kind !== 'preparing' || nowMs < this.#readyAtMs) return;
    if (this.unusable !== undefined) {
      this.become({ kind: 'unusable', why: this.unusable });
      return;
    }
    this.become({ kind: 'ready' });
    if (this.isRunning) this.enter({ kind: 'ready', model: MODEL });
  }

  onReadiness(listener: (readiness: Readiness) => void) {
    this.#readinesses.add(listener);
    return () => this.#readinesses.delete(listener);
  }

  predict(): never {
    throw new Error('Not part of these tests.');
  }
}

/** A page with a camera of 25 pictures a second, in a time of its own. */
function open(t: TestContext, { mode = 'auto' as BackendMode } = {}) {
  mockTimers(t, 'setInterval');
  let nowMs = 0;
  let closedPictures = 0;
  let grabbed = 0;
  let isVisible = true;
  const server = new Server();
  const device = new Device();
  const auto = createAutoRecognizer({
    remote: server,
    local: device,
    mode,
    isVisible: () => isVisible,
    nowMs: () => nowMs,
    random: () => 0.5,
  });
  t.after(() => auto.close());
  const frameLabels: (FrameLabels & { atMs: number })[] = [];
  const reports: (BackendReport & { atMs: number })[] = [];
  const states: RecognizerState['kind'][] = [];
  const lost: string[] = [];
  const unchanged: number[] = [];
  auto.onLabels((frame) => frameLabels.push({ ...frame, atMs: nowMs }));
  auto.onReport((report) => reports.push({ ...report, atMs: nowMs }));
  auto.onState(({ kind }) => states.push(kind));
  auto.onModelLost((why) => lost.push(why));
  auto.onUnchanged(({ capturedAtMs }) => unchanged.push(capturedAtMs));
  const close = () => {
    closedPictures += 1;
  };
  return {
    auto,
    server,
    device,
    frameLabels,
    reports,
    states,
    lost,
    unchanged,
    get nowMs() {
      return nowMs;
    },
    set isVisible(is: boolean) {
      isVisible = is;
    },
    get openPictures() {
      return grabbed - closedPictures;
    },
    /** Lets time pass; `each` is called before each 20 ms. */
    pass(forMs: number, each?: (nowMs: number) => void) {
      const endMs = nowMs + forMs;
      while (nowMs < endMs) {
        nowMs += STEP_MS;
        each?.(nowMs);
        server.advance(nowMs);
        device.advance(nowMs);
        t.mock.timers.tick(STEP_MS);
        if (nowMs % CAMERA_MS !== 0 || !auto.wantsFrame()) continue;
        grabbed += 1;
        auto.push({ picture: { width: 640, height: 480, close }, capturedAtMs: nowMs - 5 });
      }
    },
    /** The longest time without labels since then. */
    longestGapMs(sinceMs: number) {
      const times = [sinceMs, ...frameLabels.map(({ atMs }) => atMs).filter((atMs) => atMs > sinceMs), nowMs];
      return Math.max(...times.map((atMs, index) => atMs - (times[index - 1] ?? atMs)));
    },
    badge() {
      const { title, why } = reasonText(DELIVERED.words, auto.report);
      return `${title} · ${why}`;
    },
  };
}

test('nothing happens before start', (t) => {
  const page = open(t);
  page.pass(5_000);
  assert.deepEqual(
    [page.server.isRunning, page.device.isRunning, page.device.preparations],
    [false, false, 0],
  );
  assert.deepEqual([page.frameLabels.length, page.states], [0, []]);
});

test('the server is tried first; the device is made ready once labels have come for a while, and waits', (t) => {
  const page = open(t);
  page.auto.start();
  page.pass(9_900);
  assert.equal(page.device.preparations, 0);
  page.pass(1_000);
  assert.equal(page.device.preparations, 1);
  page.pass(12_000);
  assert.deepEqual([page.device.isRunning, page.device.pushes, page.auto.report.switches], [false, 0, 0]);
  assert.equal(page.badge(), 'Server · answers well');
  assert.deepEqual(page.states, ['connecting', 'ready']);
});

for (const [how, link] of [
  ['cut off', 'cut'],
  ['silent', 'silent'],
] as const) {
  test(`${how}: labels of the device within a second, the server again within ten of its return`, (t) => {
    const page = open(t);
    page.auto.start();
    page.pass(12_000);
    const brokenAtMs = page.nowMs;
    page.server.link = link;
    page.pass(20_100);
    assert.equal(page.auto.report.backend, 'device');
    assert.ok(page.longestGapMs(brokenAtMs - 1_000) < 1_000, `${page.longestGapMs(brokenAtMs - 1_000)}`);
    const backAtMs = page.nowMs;
    page.server.link = GOOD;
    page.pass(8_000);
    assert.equal(page.auto.report.backend, 'server', page.badge());
    const kinds = page.reports.map(({ reason }) => reason.kind);
    assert.equal(kinds.includes('silent'), link === 'silent', kinds.join());
    assert.equal(page.auto.report.switches, 2);
    assert.ok(page.longestGapMs(backAtMs) < 500);
    assert.ok(!page.device.isRunning);
    assert.ok(
      page.states.every((kind) => kind === 'connecting' || kind === 'ready' || kind === 'reconnecting'),
    );

    const ids = new Set(page.frameLabels.flatMap(({ labels }) => labels.map(({ id }) => id)));
    const sessions = new Set(page.frameLabels.map(({ session }) => session));
    assert.deepEqual([ids.size, sessions.size], [1, 1], 'one thing, one session');
    assert.equal(page.openPictures, 0);
  });
}

test('a thing keeps its id though a slow server falls silent, which takes longer to notice', (t) => {
  const page = open(t);
  page.server.link = { roundTripMs: 220 };
  page.auto.start();
  page.pass(12_000);
  const silentAtMs = page.nowMs;
  page.server.link = 'silent';
  page.pass(4_000);
  const { backend, sinceMs } = page.auto.report;
  assert.equal(backend, 'device', page.badge());
  assert.ok(sinceMs - silentAtMs > 1_500, `left after ${sinceMs - silentAtMs} ms`);
  const ids = new Set(page.frameLabels.flatMap(({ labels }) => labels.map(({ id }) => id)));
  assert.equal(ids.size, 1);
});

test('while the device is in use, nothing alarming is shown', (t) => {
  const page = open(t);
  page.auto.start();
  page.pass(12_000);
  page.server.link = 'cut';
  page.pass(20_000);
  assert.equal(page.badge(), 'This device · connection lost');
  assert.deepEqual(page.states, ['connecting', 'ready', 'reconnecting', 'ready']);
});

test('a slow server is left, and the badge says how slow it was', (t) => {
  const page = open(t);
  page.auto.start();
  page.pass(12_000);
  page.server.link = { roundTripMs: 500 };
  page.pass(6_000);
  assert.equal(page.badge(), 'This device · round trip 500 ms');
  const { server, device } = page.auto.readComparison();
  assert.equal(device.answerMs, 80);
  assert.ok(server.answerP95Ms && server.answerP95Ms >= 500);
});

test('what this device sends in Auto are its probes; nothing while the server is away, or a person chose it', (t) => {
  const page = open(t);
  const sent = () => page.auto.readComparison().device.upBytesPerS;
  page.server.upBytesPerS = 400_000;
  page.auto.start();
  page.pass(12_000);
  assert.equal(sent(), undefined, 'no probe was sent yet');
  page.server.link = { roundTripMs: 500 };
  page.pass(6_000);
  assert.equal(page.auto.report.backend, 'device');
  assert.equal(sent(), undefined, 'the last seconds of the link are those of the stream');
  page.pass(5_000);
  page.server.upBytesPerS = 30_000;
  page.pass(200);
  assert.equal(sent(), 30_000);
  assert.equal(page.auto.readComparison().server.upBytesPerS, 400_000);
  page.server.link = 'cut';
  page.pass(1_000);
  assert.equal(sent(), 0);
  page.auto.setMode('device');
  assert.equal(sent(), 0);
});

test('what was measured of one model, or version, is not reported of another', (t) => {
  const page = open(t);
  page.auto.start();
  page.pass(12_000);
  page.server.link = { roundTripMs: 400 };
  page.pass(12_000);
  page.server.change({ version: '1' });
  assert.ok(page.auto.readComparison().server.answerMs, 'the same version');
  page.server.change({ version: '2' });
  page.device.change({ version: '2' });
  const { server, device } = page.auto.readComparison();
  assert.deepEqual([server.answerMs, device.labelsPerS], [undefined, undefined]);
  page.pass(5_000);
  assert.ok(page.auto.readComparison().device.labelsPerS);
  page.auto.configure({ model: 'birds' });
  assert.equal(page.auto.readComparison().device.labelsPerS, undefined);
});

test('a slower model is not measured by the answers of the one before', (t) => {
  const page = open(t);
  page.auto.start();
  page.pass(12_000);
  page.server.change({ id: 'large' });
  page.server.link = { roundTripMs: 1_200 };
  page.pass(1_400);
  assert.equal(page.auto.report.backend, 'server', page.badge());
});

test('a server that refused is tried again once a minute, and the badge does not flicker', (t) => {
  const page = open(t);
  page.server.refuses = true;
  page.auto.start();
  page.pass(12_000);
  assert.equal(page.badge(), 'This device · server refused');
  const { starts } = page.server;
  const { length } = page.reports;
  page.pass(140_000);
  assert.equal(page.server.starts - starts, 2);
  assert.equal(page.reports.length, length);
  page.server.refuses = false;
  page.pass(80_000);
  assert.equal(page.badge(), 'Server · answers well');
});

test('a server that is away is tried often for two minutes, by a page that is seen', (t) => {
  const page = open(t);
  page.auto.start();
  page.pass(12_000);
  page.server.link = 'cut';
  const triesIn = (ms: number) => {
    const { tries } = page.server;
    page.pass(ms);
    return page.server.tries - tries;
  };
  assert.ok(triesIn(60_000) >= 30);
  page.isVisible = false;
  assert.equal(triesIn(10_000), 0);
  page.isVisible = true;
  assert.ok(triesIn(40_000) >= 20);
  page.pass(20_000);
  assert.equal(triesIn(600_000), 0);
  page.auto.retryNow();
  assert.ok(triesIn(60_000) >= 30, 'somebody came back to the page');
});

test('labels come from one side at a time, and probes are two a second', (t) => {
  const page = open(t);
  page.auto.start();
  page.pass(12_000);
  page.server.link = { roundTripMs: 500 };
  page.pass(12_000);
  const { probes } = page.server;
  const from = page.frameLabels.length;
  page.pass(10_000);
  assert.deepEqual([...new Set(page.frameLabels.slice(from).map(({ backend }) => backend))], ['device']);
  assert.ok(page.frameLabels.length - from > 80);
  assert.ok(
    page.server.probes - probes >= 14 && page.server.probes - probes <= 20,
    `${page.server.probes - probes}`,
  );
});

test('probes take frames that the device cannot take anyway', (t) => {
  const pushes = (['device', 'auto'] as const).map((mode) => {
    const page = open(t, { mode });
    page.server.link = { roundTripMs: 500 };
    page.auto.start();
    page.pass(20_000);
    const before = page.device.pushes;
    page.pass(12_000);
    page.auto.close();
    t.mock.timers.reset();
    return page.device.pushes - before;
  });
  const [alone = 0, both = 0] = pushes;
  assert.ok(alone > 50 && both >= alone - 2, pushes.join());
});

test('a frame that no backend can take is closed', (t) => {
  const page = open(t, { mode: 'device' });
  page.auto.start();
  let closed = 0;
  const close = () => {
    closed += 1;
  };
  page.auto.push({ picture: { width: 1, height: 1, close }, capturedAtMs: 0 });
  assert.equal(closed, 1);
});

test('a server that takes frames and labels none of them is left', (t) => {
  const page = open(t);
  page.auto.start();
  page.pass(12_000);
  page.server.drops = true;
  page.pass(2_000);
  assert.equal(page.badge(), 'This device · no answer in time');
});

test('a link that toggles every two seconds for a minute: two switches at most, and labels all the time', (t) => {
  for (const off of ['cut', 'silent'] as const) {
    const page = open(t);
    page.auto.start();
    page.pass(12_000);
    const fromMs = page.nowMs;
    page.pass(60_000, (nowMs) => {
      page.server.link = Math.floor((nowMs - fromMs) / 2_000) % 2 === 0 ? off : GOOD;
    });
    assert.ok(page.auto.report.switches <= 2, `${page.auto.report.switches}`);
    assert.ok(page.longestGapMs(fromMs) < 1_000);
    page.auto.close();
    t.mock.timers.reset();
  }
});

test('a server that is full: the device takes over, and the server is not pressed', (t) => {
  const page = open(t);
  page.server.busy = true;
  page.auto.start();
  page.pass(5_000);
  assert.equal(page.badge(), 'This device · server full');
  assert.equal(page.server.tries, 0);
  assert.ok(page.frameLabels.length > 10);
});

test('without a network from the start: labels as soon as the device is ready', (t) => {
  const page = open(t);
  page.server.link = 'cut';
  page.auto.start();
  page.pass(1_500);
  assert.equal(page.badge(), 'This device · server unreachable');
  assert.ok(page.frameLabels.length > 0);
});

test('a device that cannot: the server’s problem is shown, and the device is tried again when the server is back', (t) => {
  const page = open(t);
  page.device.unusable = 'no WebAssembly';
  page.auto.start();
  page.pass(12_000);
  page.server.link = 'cut';
  page.pass(5_000);
  assert.equal(page.badge(), 'Server · device can’t help');
  assert.equal(page.states.at(-1), 'reconnecting');
  assert.equal(page.device.preparations, 1);
  page.device.unusable = undefined;
  page.server.link = GOOD;
  page.pass(12_000);
  assert.deepEqual([page.device.preparations, page.device.readiness.kind], [2, 'ready']);
  assert.equal(page.badge(), 'Server · answers well');
});

test('a model that only the device lacks is not lost: the server runs it', (t) => {
  const page = open(t);
  page.auto.configure({ model: 'birds' });
  page.auto.start();
  page.pass(12_000);
  page.device.loseModel('There is no model "birds" on this device.');
  page.server.link = 'cut';
  page.pass(2_000);
  assert.deepEqual([page.lost, page.badge()], [[], 'Server · device can’t help']);
  page.auto.setMode('device');
  assert.deepEqual(page.lost, ['There is no model "birds" on this device.']);
  page.server.loseModel('Removed.');
  assert.equal(page.lost.length, 2);
});

test('"Server": the device is never loaded, however the server does', (t) => {
  const page = open(t, { mode: 'server' });
  page.auto.start();
  page.pass(12_000);
  page.server.link = 'cut';
  page.pass(12_000);
  assert.deepEqual([page.device.preparations, page.device.isRunning], [0, false]);
  assert.equal(page.badge(), 'Server · as you chose');
  assert.deepEqual(page.states, ['connecting', 'ready', 'reconnecting']);
});

test('"This device": no socket, and no frame goes to the server', (t) => {
  const page = open(t, { mode: 'device' });
  page.auto.start();
  page.pass(12_000);
  assert.deepEqual([page.server.sessions, page.server.pushes], [0, 0]);
  assert.ok(page.frameLabels.length > 50);
  assert.deepEqual(page.states, ['connecting', 'ready']);
});

test('"This device" that is not ready, or cannot run the model, says so instead of what was chosen', (t) => {
  const page = open(t, { mode: 'device' });
  page.auto.start();
  page.pass(500);
  assert.equal(page.badge(), 'This device · getting ready');
  page.pass(1_000);
  assert.equal(page.badge(), 'This device · as you chose');
  page.device.become({ kind: 'preparing', why: 'Waits for an unmetered network.' });
  assert.equal(page.badge(), 'This device · has no model yet');
  page.device.become({ kind: 'unusable', why: 'no WebAssembly' });
  assert.equal(page.badge(), 'This device · can’t run the model');
  page.pass(5_000);
  assert.deepEqual([page.auto.report.backend, page.server.sessions], ['device', 0], 'the choice holds');
  page.auto.stop();
  assert.equal(page.badge(), 'This device · as you chose');
});

test('while the server does well, the report knows that this device could not take over', (t) => {
  const page = open(t);
  page.device.unusable = 'no WebAssembly';
  page.auto.start();
  page.pass(12_000);
  assert.equal(page.badge(), 'Server · answers well');
  assert.deepEqual(page.auto.report.device, { kind: 'unusable', why: 'no WebAssembly' });
  assert.deepEqual(page.reports.at(-1)?.device, page.auto.report.device);
});

test('a person changes the mode while it runs: no gap, and from then on nothing else is used', (t) => {
  const page = open(t);
  page.auto.start();
  page.pass(12_000);
  page.auto.setMode('device');
  assert.deepEqual([page.server.state.kind, page.auto.report.backend], ['idle', 'device']);
  const { pushes } = page.server;
  page.pass(5_000);
  assert.deepEqual([page.server.pushes, page.server.state.kind], [pushes, 'idle']);
  page.auto.setMode('auto');
  assert.equal(page.badge(), 'This device · trying the server');
  page.pass(7_000);
  assert.equal(page.badge(), 'Server · answers well');
  page.auto.setMode('server');
  assert.deepEqual([page.device.readiness.kind, page.device.isRunning], ['cold', false]);
  page.pass(1_000);
  assert.ok(page.longestGapMs(9_000) < 300, `${page.longestGapMs(9_000)}`);
  const ids = new Set(page.frameLabels.flatMap(({ labels }) => labels.map(({ id }) => id)));
  assert.equal(ids.size, 1);
});

for (const first of ['device', 'auto'] as const) {
  test(`"Server", chosen while the device is in use (${first}): the device stops, and frees its model`, (t) => {
    const page = open(t);
    page.auto.start();
    page.pass(12_000);
    if (first === 'device') page.auto.setMode('device');
    else page.server.link = 'cut';
    page.pass(5_000);
    assert.equal(page.auto.report.backend, 'device');
    page.server.link = GOOD;
    page.auto.setMode('server');
    page.pass(2_000);
    assert.deepEqual([page.device.isRunning, page.device.readiness.kind], [false, 'cold']);
    assert.equal(page.frameLabels.at(-1)?.backend, 'server');
  });
}

test('what is unchanged for the new side says nothing before it has labels of its own', (t) => {
  const page = open(t);
  page.auto.start();
  page.pass(12_000);
  page.device.unchanged = true;
  page.server.link = 'cut';
  page.pass(2_000);
  assert.deepEqual([page.auto.report.backend, page.unchanged.length], ['device', 0]);
  page.device.unchanged = false;
  page.pass(200);
  page.device.unchanged = true;
  page.pass(500);
  assert.ok(page.unchanged.length > 0);
});

test('back at the server, its next frame is processed even if unchanged', (t) => {
  const page = open(t);
  page.auto.configure({ minScore: 0.4 });
  page.auto.start();
  page.pass(12_000);
  page.server.link = 'cut';
  page.pass(2_000);
  const { length } = page.server.selections;
  page.server.link = GOOD;
  page.pass(12_000);
  assert.deepEqual(page.server.selections.slice(length), [{ minScore: 0.4 }]);
});

test('stop stops both; a start after it is a new session', (t) => {
  const page = open(t);
  page.auto.start();
  page.pass(12_000);
  const before = page.frameLabels.at(-1)?.session;
  page.auto.stop();
  assert.deepEqual(
    [page.server.isRunning, page.device.isRunning, page.device.readiness.kind],
    [false, false, 'cold'],
  );
  const { length } = page.frameLabels;
  page.server.link = 'silent';
  page.pass(5_000);
  assert.equal(page.frameLabels.length, length);
  assert.equal(page.states.at(-1), 'idle');
  page.server.link = GOOD;
  page.auto.start();
  page.pass(1_000);
  assert.notEqual(page.frameLabels.at(-1)?.session, before);
  page.auto.close();
  page.auto.close();
});
