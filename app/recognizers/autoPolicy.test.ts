import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { budgetMs, nextBackend, type PolicyState, startPolicy } from './autoPolicy.ts';
import type { Measured } from './measured.ts';
import type { Readiness } from './readiness.ts';
import type { RecognizerState } from './recognizer.ts';

const READY: RecognizerState = {
  kind: 'ready',
  model: {
    id: 'm',
    version: '1',
    name: 'M',
    task: 'object-detection',
    labels: ['cat'],
    input: { width: 300, height: 300, fit: 'stretch' },
    minScore: { floor: 0.2, default: 0.5 },
  },
};
const LOST: RecognizerState = { kind: 'reconnecting', reached: 'lost', retryAtMs: undefined };

/** What a link does: it answers, its socket is closed, or it swallows everything without a word. */
type Link = { roundTripMs: number } | 'cut' | 'silent';
interface Device {
  readiness: Readiness;
  answerMs: number | undefined;
}

const GOOD: Link = { roundTripMs: 40 };
const WARM: Device = { readiness: { kind: 'ready' }, answerMs: 80 };

const STEP_MS = 20;
const FRAME_MS = 60;
const PROBE_MS = 500;
const IN_FLIGHT = 2;
const DEAD_AFTER_MS = 4_000;
const BOUND_MS = 1_000;
/** From the return of the link to the next try, and until it is welcomed. */
const RETRY_MS = 1_500;
/** As long as answers are kept. */
const KEPT_MS = 5_000;

interface Run {
  /** Each decision that changed anything a person sees. */
  changes: PolicyState[];
  last: PolicyState;
}

/** A page that streams over a link to a server, and asks the real policy ten times a second. */
function simulate(
  linkAt: (ms: number) => Link,
  forMs: number,
  { deviceAt = () => WARM }: { deviceAt?: (ms: number) => Device } = {},
): Run {
  let policy = startPolicy('auto', 0);
  const changes: PolicyState[] = [];
  let state: RecognizerState = { kind: 'connecting' };
  let retryAtMs = 0;
  let lastSentMs = Number.NEGATIVE_INFINITY;
  let waiting: { sentAtMs: number; takesMs: number; passedMs: number }[] = [];
  let answers: { atMs: number; roundTripMs: number }[] = [];
  const lose = (nowMs: number) => {
    state = LOST;
    waiting = [];
    retryAtMs = nowMs + RETRY_MS;
  };
  for (let nowMs = 0; nowMs < forMs; nowMs += STEP_MS) {
    const link = linkAt(nowMs);
    const isUp = typeof link === 'object';
    if (state.kind === 'ready') {
      if (link === 'cut' || nowMs - (waiting[0]?.sentAtMs ?? nowMs) > DEAD_AFTER_MS) lose(nowMs);
    } else if (isUp && nowMs >= retryAtMs) {
      state = READY;
    } else if (!isUp) {
      retryAtMs = Math.max(retryAtMs, nowMs + RETRY_MS / 2);
    }
    const everyMs = policy.backend === 'server' ? FRAME_MS : PROBE_MS;
    if (state.kind === 'ready' && waiting.length < IN_FLIGHT && nowMs - lastSentMs >= everyMs) {
      waiting.push({ sentAtMs: nowMs, takesMs: isUp ? link.roundTripMs : 0, passedMs: 0 });
      lastSentMs = nowMs;
    }
    if (isUp) {
      waiting = waiting.map((frame) => ({ ...frame, passedMs: frame.passedMs + STEP_MS }));
      for (const { sentAtMs } of waiting.filter(({ takesMs, passedMs }) => passedMs >= takesMs)) {
        answers.push({ atMs: nowMs, roundTripMs: nowMs - sentAtMs });
      }
      waiting = waiting.filter(({ takesMs, passedMs }) => passedMs < takesMs);
    }
    if (nowMs % 100 !== 0) continue;
    answers = answers.filter(({ atMs }, index) => nowMs - atMs <= KEPT_MS || index >= answers.length - 12);
    const oldest = waiting[0];
    const measured: Measured = {
      mode: 'auto',
      server: {
        state,
        oldestWaitMs: oldest && nowMs - oldest.sentAtMs,
        answers,
        boundMs: BOUND_MS,
      },
      device: deviceAt(nowMs),
    };
    const next = nextBackend(policy, measured, nowMs);
    if (next.backend !== policy.backend || next.reason !== policy.reason) changes.push(next);
    policy = next;
  }
  return { changes, last: policy };
}

const story = ({ changes }: Run) =>
  changes.map(({ backend, reason, atMs }) => `${(atMs / 1_000).toFixed(1)} ${backend}: ${reason.kind}`);
const moves = (run: Run) => run.changes.filter(({ sinceMs, atMs }) => sinceMs === atMs);
const between = (from: number, to: number, link: Link) => (ms: number) =>
  ms >= from && ms < to ? link : GOOD;

test('a good server is asked, and keeps being asked', () => {
  assert.deepEqual(story(simulate(() => GOOD, 60_000)), ['0.1 server: healthy']);
});

test('cut off, the device takes over within half a second; the server is back within ten of its return', () => {
  const run = simulate(between(10_000, 30_000, 'cut'), 60_000);
  const [left, back] = moves(run);
  assert.deepEqual(left?.reason, { kind: 'server-lost' });
  assert.ok(left && left.atMs <= 10_500, `${left?.atMs}`);
  assert.equal(back?.backend, 'server');
  assert.ok(back && back.atMs > 35_000 && back.atMs < 40_000, `${back?.atMs}`);
  assert.equal(run.last.switches, 2);
});

test('a link that falls silent is left after three missed bounds', () => {
  const [left] = moves(simulate(between(10_000, 30_000, 'silent'), 20_000));
  assert.equal(left?.reason.kind, 'silent');
  assert.ok(left && left.atMs >= 10_600 && left.atMs <= 10_800, `${left?.atMs}`);
});

test('on a way that usually takes long, bounds are longer', () => {
  const link = (ms: number): Link => (ms < 10_000 ? { roundTripMs: 180 } : 'silent');
  const [left] = moves(simulate(link, 20_000));
  assert.equal(left?.reason.kind, 'silent');
  assert.ok(left && left.atMs >= 11_300 && left.atMs <= 12_000, `${left?.atMs}`);
});

test('a pause is waited out for as long as the device would need to answer', () => {
  const slowDevice = () => ({ ...WARM, answerMs: 2_000 });
  const pause = simulate(between(10_000, 12_000, 'silent'), 20_000, { deviceAt: slowDevice });
  assert.deepEqual(moves(pause), []);
  const [left] = moves(simulate(between(10_000, 30_000, 'silent'), 20_000, { deviceAt: slowDevice }));
  assert.equal(left?.reason.kind, 'silent');
  assert.ok(left && left.atMs >= 13_000 && left.atMs <= 13_300, `${left?.atMs}`);
});

test('a pause that passes is no reason: a worker that recovers, a socket that is back at once', () => {
  const hiccups = (ms: number): Link => (ms % 2_000 < 120 ? 'silent' : GOOD);
  assert.equal(simulate(hiccups, 30_000).last.switches, 0);
  const times = [0, 100, 200, 300];
  let policy = startPolicy('auto', 0);
  for (const nowMs of times) {
    const server = { state: LOST, oldestWaitMs: undefined, answers: [], boundMs: BOUND_MS };
    policy = nextBackend(policy, { mode: 'auto', server, device: WARM }, nowMs);
  }
  assert.equal(policy.backend, 'server');
});

test('a slow server is left after three seconds, and the reason says by how much', () => {
  const run = simulate(between(10_000, 30_000, { roundTripMs: 500 }), 40_000);
  const [left, back] = moves(run);
  assert.ok(left && left.atMs >= 13_000 && left.atMs <= 14_500, `${left?.atMs}`);
  assert.deepEqual(left?.reason, { kind: 'slow', roundTripMs: 480, budgetMs: 300 });
  assert.ok(back && back.atMs >= 35_000 && back.atMs < 40_000, `${back?.atMs}`);
});

test('one burst of late answers is not slowness', () => {
  const run = simulate(between(10_000, 11_200, { roundTripMs: 500 }), 20_000);
  assert.deepEqual(moves(run), []);
});

test('a server is slow only where the device would be faster', () => {
  assert.deepEqual([budgetMs(undefined), budgetMs(80), budgetMs(700)], [600, 300, 1_050]);
  const slowDevice = () => ({ ...WARM, answerMs: 700 });
  assert.deepEqual(moves(simulate(() => ({ roundTripMs: 900 }), 30_000, { deviceAt: slowDevice })), []);
  assert.equal(moves(simulate(() => ({ roundTripMs: 900 }), 30_000)).length, 1);
});

test('while the device runs the model, the badge follows the server’s state, and does not flicker', () => {
  const link = (ms: number): Link => (ms < 10_000 ? GOOD : { roundTripMs: 900 });
  assert.deepEqual(story(simulate(link, 60_000)).slice(1), ['10.7 device: silent', '20.7 device: slow']);
});

test('a server that is only just within the budget is kept, and not asked again', () => {
  const justWithin = { roundTripMs: 280 };
  assert.deepEqual(moves(simulate(() => justWithin, 60_000)), []);
  const run = simulate((ms) => (ms > 5_000 && ms < 10_000 ? 'cut' : justWithin), 60_000);
  assert.equal(run.last.backend, 'device');
});

test('a device that is not ready is waited for, and one that cannot is reported', () => {
  const readyAt = 14_000;
  const deviceAt = (ms: number): Device =>
    ms < readyAt ? { readiness: { kind: 'preparing' }, answerMs: undefined } : WARM;
  const cutAtTen = (ms: number): Link => (ms < 10_000 ? GOOD : 'cut');
  assert.deepEqual(story(simulate(cutAtTen, 20_000, { deviceAt })), [
    '0.1 server: healthy',
    '10.4 server: device-preparing',
    '14.0 device: server-lost',
  ]);
  const unusable = (): Device => ({ readiness: { kind: 'unusable', why: 'no SIMD' }, answerMs: undefined });
  const run = simulate(cutAtTen, 20_000, { deviceAt: unusable });
  assert.deepEqual(
    [run.last.backend, run.last.reason],
    ['server', { kind: 'device-unusable', why: 'no SIMD' }],
  );
});

test('without any network the device takes over as soon as it is ready', () => {
  assert.deepEqual(story(simulate(() => 'cut', 10_000)), ['1.5 device: server-unreachable']);
});

test('a device that fails while in use is left at once, and not trusted for a while', () => {
  const deviceAt = (ms: number): Device =>
    ms >= 15_000 && ms < 15_500 ? { readiness: { kind: 'unusable', why: 'memory' }, answerMs: 80 } : WARM;
  const run = simulate((ms) => (ms < 10_000 ? GOOD : 'cut'), 40_000, { deviceAt });
  assert.deepEqual(story(run).slice(1), [
    '10.4 device: server-lost',
    '15.0 server: device-unusable',
    '25.0 device: server-lost',
  ]);
});

test('refused or sent away, the device takes over and the badge says so', () => {
  const states: RecognizerState[] = [
    { kind: 'busy', retryAtMs: 9_000 },
    { kind: 'unauthorized', message: 'Token, please.' },
  ];
  const reasons = states.map((state) => {
    let policy = startPolicy('auto', 0);
    for (let nowMs = 0; nowMs <= 500; nowMs += 100) {
      const server = { state, oldestWaitMs: undefined, answers: [], boundMs: BOUND_MS };
      policy = nextBackend(policy, { mode: 'auto', server, device: WARM }, nowMs);
    }
    return [policy.backend, policy.reason];
  });
  assert.deepEqual(reasons, [
    ['device', { kind: 'server-busy' }],
    ['device', { kind: 'server-refused', message: 'Token, please.' }],
  ]);
});

test('while the page stands still, no time passes for the server', () => {
  const at = (state: RecognizerState, oldestWaitMs: number | undefined): Measured => ({
    mode: 'auto',
    server: { state, oldestWaitMs, answers: [], boundMs: 200 },
    device: WARM,
  });
  let policy = nextBackend(startPolicy('auto', 0), at(READY, 50), 100);
  policy = nextBackend(policy, at(READY, 60_050), 60_100);
  assert.equal(policy.backend, 'server', 'hidden for a minute, with a frame in flight');
  policy = nextBackend(policy, at(LOST, undefined), 120_000);
  assert.equal(policy.backend, 'server', 'the socket was lost while hidden');
  for (let nowMs = 120_100; nowMs <= 120_400; nowMs += 100)
    policy = nextBackend(policy, at(LOST, undefined), nowMs);
  assert.equal(policy.backend, 'device');
});

test('a person’s choice holds, whatever happens', () => {
  const measured = (mode: Measured['mode'], device = WARM): Measured => ({
    mode,
    server: { state: LOST, oldestWaitMs: 9_000, answers: [], boundMs: 200 },
    device,
  });
  let policy = startPolicy('auto', 0);
  const go = (mode: Measured['mode'], fromMs: number) => {
    for (let nowMs = fromMs; nowMs < fromMs + 5_000; nowMs += 100) {
      policy = nextBackend(policy, measured(mode), nowMs);
    }
    return `${policy.backend}: ${policy.reason.kind}, ${policy.switches}`;
  };
  assert.equal(go('server', 0), 'server: chosen, 0');
  assert.equal(go('device', 5_000), 'device: chosen, 0');
  assert.equal(go('auto', 10_000), 'device: server-lost, 0', 'no gap: the device goes on');
  assert.equal(go('server', 15_000), 'server: chosen, 0');
  assert.equal(go('auto', 20_000), 'device: server-lost, 1');
});

test('a link that toggles every two seconds for a minute: two switches at most', () => {
  for (const off of ['cut', 'silent', { roundTripMs: 1_500 }] as const) {
    for (const phaseMs of [0, 700, 2_000]) {
      const toggling = (ms: number): Link => (Math.floor((ms + phaseMs) / 2_000) % 2 === 1 ? off : GOOD);
      const run = simulate((ms) => (ms < 60_000 ? toggling(ms) : GOOD), 80_000);
      const during = moves(run).filter(({ atMs }) => atMs <= 62_000);
      assert.ok(during.length <= 2, story(run).join('\n'));
      assert.equal(run.last.backend, 'server', 'and back when it is good again');
    }
  }
});

test('each return that fails waits twice as long as the one before', () => {
  // Good for as long as it takes to be believed, and then lost again.
  let upSinceMs: number | undefined;
  let backend = 'server';
  const waits: number[] = [];
  let policy = startPolicy('auto', 0);
  for (let nowMs = 0; nowMs < 300_000; nowMs += 100) {
    const isUp = backend === 'device';
    upSinceMs = isUp ? (upSinceMs ?? nowMs) : undefined;
    const server = {
      state: isUp ? READY : LOST,
      oldestWaitMs: undefined,
      answers: [{ atMs: nowMs, roundTripMs: 30 }],
      boundMs: BOUND_MS,
    };
    const next = nextBackend(policy, { mode: 'auto', server, device: WARM }, nowMs);
    if (next.backend === 'server' && backend === 'device' && upSinceMs !== undefined)
      waits.push(nowMs - upSinceMs);
    backend = next.backend;
    policy = next;
  }
  assert.deepEqual(waits, [5_000, 10_000, 20_000, 40_000, 80_000, 120_000]);
});

test('two good minutes forgive', () => {
  const cuts = [10_000, 20_000, 190_000];
  const run = simulate((ms) => (cuts.some((at) => ms >= at && ms < at + 1_000) ? 'cut' : GOOD), 220_000);
  const times = moves(run).map(({ atMs }) => atMs);
  const stays = times.flatMap((atMs, index) => (index % 2 === 1 ? [atMs - (times[index - 1] ?? 0)] : []));
  assert.equal(stays.length, 3);
  const [first = 0, second = 0, third = 0] = stays;
  assert.ok(first < 10_000 && second > 10_000 && third < 10_000, stays.join());
});

const anyLink: fc.Arbitrary<Link> = fc.oneof(
  fc.constantFrom<Link>('cut', 'silent', GOOD),
  fc.integer({ min: 10, max: 2_500 }).map((roundTripMs) => ({ roundTripMs })),
);
const schedule = fc.array(fc.record({ link: anyLink, forMs: fc.integer({ min: 20, max: 30_000 }) }), {
  minLength: 1,
  maxLength: 40,
});
/** The link at a time; after the schedule, `last`. */
function played(parts: readonly { link: Link; forMs: number }[], last: Link) {
  const ends: number[] = [];
  for (const { forMs } of parts) ends.push((ends.at(-1) ?? 0) + forMs);
  return {
    endMs: ends.at(-1) ?? 0,
    linkAt: (ms: number) => parts[ends.findIndex((end) => ms < end)]?.link ?? last,
  };
}

test('whatever a link does, switches are few', () => {
  fc.assert(
    fc.property(schedule, (parts) => {
      const { linkAt, endMs } = played(parts, GOOD);
      const run = simulate(linkAt, endMs);
      // Returns a minute apart, and those on the way to the longest wait; each with a leave.
      assert.ok(run.last.switches <= 2 * (7 + endMs / 60_000), story(run).join('\n'));
    }),
    { numRuns: 40 },
  );
});

test('whatever a device does, switches are few', () => {
  const part = fc.record({
    isReady: fc.boolean(),
    forMs: fc.integer({ min: 20, max: 5_000 }),
    link: anyLink,
  });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 60 }), (parts) => {
      const { linkAt, endMs } = played(parts, GOOD);
      const ready = played(
        parts.map(({ isReady, forMs }) => ({ link: isReady ? GOOD : 'cut', forMs })),
        GOOD,
      );
      const unready: Device = { readiness: { kind: 'preparing' }, answerMs: 80 };
      const run = simulate(linkAt, endMs, { deviceAt: (ms) => (ready.linkAt(ms) === GOOD ? WARM : unready) });
      assert.ok(run.last.switches <= 2 * (14 + endMs / 30_000), story(run).join('\n'));
    }),
    { numRuns: 40 },
  );
});

test('a steady link within the budget is never left', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 10, max: 280 }),
      fc.integer({ min: 0, max: 200 }),
      (roundTripMs, jitterMs) => {
        const link = (ms: number) => ({
          roundTripMs: Math.min(280, roundTripMs + (ms % 260 < 20 ? jitterMs : 0)),
        });
        assert.equal(simulate(link, 20_000).last.switches, 0);
      },
    ),
    { numRuns: 30 },
  );
});

test('whatever was before: on a dead link the device takes over within seconds, however it died', () => {
  fc.assert(
    fc.property(schedule, fc.constantFrom<Link>('cut', 'silent'), (parts, dead) => {
      const { linkAt, endMs } = played(parts, dead);
      const { last } = simulate(linkAt, endMs + 4_000);
      assert.equal(last.backend, 'device');
    }),
    { numRuns: 30 },
  );
});

test('whatever was before: on a good link the server is asked again', () => {
  fc.assert(
    fc.property(schedule, (parts) => {
      const { linkAt, endMs } = played(parts, GOOD);
      assert.equal(simulate(linkAt, endMs + 125_000).last.backend, 'server');
    }),
    { numRuns: 20 },
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1_000, max: 60_000 }),
      fc.constantFrom<Link>('cut', 'silent'),
      (forMs, dead) => {
        const { last } = simulate(between(5_000, 5_000 + forMs, dead), 5_000 + forMs + 10_000);
        assert.equal(last.backend, 'server', 'within ten seconds, the first time');
      },
    ),
    { numRuns: 30 },
  );
});
