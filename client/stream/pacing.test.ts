import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Pacing, pace, START_PACING } from './pacing.ts';

interface Link {
  /** Bytes that the way up takes per ms. */
  bytesPerMs: number;
  delayMs: number;
  jitterMs?: number;
}

interface Delivered {
  atMs: number;
  ageMs: number;
}

const CAMERA_MS = 1000 / 30;
const ENCODE_MS = 12;
const SERVER_MS = 25;
/** Of a busy 300x300 picture, as the page encodes it. */
const bytesOf = (quality: number) =>
  quality > 0.85 ? 58_000 : quality > 0.75 ? 32_000 : 4000 + 16_000 * quality ** 1.5;

const GOOD: Link = { bytesPerMs: 2500, delayMs: 10 };
/** 300 ms round trip, 1 Mbit/s. */
const BAD: Link = { bytesPerMs: 125, delayMs: 150 };

/** A camera, a first-in-first-out link whose queue is without end, a server; `linkAt` says what the link is like. */
function simulate(linkAt: (ms: number) => Link, forMs: number, credits = 4) {
  let pacing: Pacing = START_PACING;
  let seed = 7;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const delivered: Delivered[] = [];
  const history: { atMs: number; pacing: Pacing }[] = [];
  const underWay: { sentAtMs: number; arrivedAtMs: number }[] = [];
  let linkFreeAtMs = 0;
  let backAtMs = 0;
  let lastSentMs = Number.NEGATIVE_INFINITY;
  for (let ms = 0; ms < forMs; ms += CAMERA_MS) {
    while (underWay[0] && underWay[0].arrivedAtMs <= ms) {
      const frame = underWay.shift();
      if (frame === undefined) break;
      pacing = pace(pacing, { ...frame, serverMs: SERVER_MS, credits });
      delivered.push({
        atMs: frame.arrivedAtMs,
        ageMs: frame.arrivedAtMs - frame.sentAtMs + ENCODE_MS + CAMERA_MS / 2,
      });
      history.push({ atMs: frame.arrivedAtMs, pacing });
    }
    if (underWay.length >= Math.min(credits, pacing.framesInFlight)) continue;
    if (ms - lastSentMs < pacing.intervalMs) continue;
    lastSentMs = ms;
    const link = linkAt(ms);
    const sentAtMs = ms + ENCODE_MS;
    linkFreeAtMs = Math.max(linkFreeAtMs, sentAtMs) + bytesOf(pacing.quality) / link.bytesPerMs;
    const jitterMs = (link.jitterMs ?? 0) * random();
    backAtMs = Math.max(backAtMs, linkFreeAtMs + 2 * link.delayMs + jitterMs + SERVER_MS);
    underWay.push({ sentAtMs, arrivedAtMs: backAtMs });
  }
  const since = (fromMs: number, toMs = forMs) => {
    const span = delivered.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
    const ages = span.map(({ ageMs }) => ageMs).sort((a, b) => a - b);
    return {
      ratePerS: (span.length * 1000) / (toMs - fromMs),
      p95Ms: ages[Math.floor(0.95 * ages.length)] ?? Number.POSITIVE_INFINITY,
    };
  };
  const changes = (fromMs: number) =>
    history.filter(({ atMs, pacing: now }, index) => {
      const before = history[index - 1]?.pacing ?? now;
      return (
        atMs >= fromMs && (now.quality !== before.quality || now.framesInFlight !== before.framesInFlight)
      );
    }).length;
  return { since, changes, pacingAt: (ms: number) => history.findLast(({ atMs }) => atMs <= ms)?.pacing };
}

test('a good link gets every frame at the best quality', () => {
  const run = simulate(() => GOOD, 20_000);
  assert.ok(run.since(2000).ratePerS > 25, `${run.since(2000).ratePerS}`);
  assert.equal(run.pacingAt(20_000)?.quality, 0.9);
  assert.equal(run.changes(3000), 0);
});

test('at 300 ms and 1 Mbit/s: at least 5 labels/s, p95 of the age at most 700 ms', () => {
  const { ratePerS, p95Ms } = simulate(() => BAD, 60_000).since(3000);
  assert.ok(ratePerS >= 5, `${ratePerS.toFixed(1)} labels/s`);
  assert.ok(p95Ms <= 700, `${p95Ms.toFixed(0)} ms`);
});

test('at a third of that the age stays below a second and a half, and something still comes', () => {
  const { ratePerS, p95Ms } = simulate(() => ({ bytesPerMs: 40, delayMs: 150 }), 60_000).since(10_000);
  assert.ok(ratePerS >= 2, `${ratePerS.toFixed(1)} labels/s`);
  assert.ok(p95Ms <= 1000, `${p95Ms.toFixed(0)} ms`);
});

test('on a bad link the pace settles: at most one try for more in ten seconds', () => {
  const run = simulate(() => BAD, 180_000);
  // A try and its taking back are two changes.
  assert.ok(run.changes(60_000) <= 24, `${run.changes(60_000)} changes in two minutes`);
});

test('jitter of a radio link is no reason to slow down', () => {
  const run = simulate(() => ({ ...GOOD, jitterMs: 35 }), 60_000);
  assert.ok((run.pacingAt(60_000)?.quality ?? 0) >= 0.7);
  assert.ok(run.since(5000).ratePerS > 20);
});

test('frames begin small, and are as large as they get within two seconds of a good link', () => {
  const run = simulate(() => GOOD, 4_000);
  assert.equal(START_PACING.quality, 0.7);
  assert.equal(run.pacingAt(2_000)?.quality, 0.9);
});

test('on a short way the best frames come after the first four answers', () => {
  const run = simulate(() => ({ bytesPerMs: 12_500, delayMs: 2 }), 2_000);
  assert.equal(run.pacingAt(500)?.quality, 0.9);
  assert.equal(run.changes(0), 1);
});

for (const [mbitPerS, quality] of [
  [3, 0.7],
  [8, 0.8],
  [15, 0.9],
  [50, 0.9],
] as const) {
  test(`${mbitPerS} Mbit/s: quality ${quality}, at most a try for more in ten seconds, and no fewer labels for it`, () => {
    const link = { bytesPerMs: 125 * mbitPerS, delayMs: 10 };
    const run = simulate(() => link, 120_000);
    assert.equal(run.pacingAt(119_000)?.quality, quality);
    // A try and its taking back are two changes.
    assert.ok(run.changes(3_000) <= 24, `${run.changes(3_000)} changes in two minutes`);
    assert.ok(run.since(3_000).ratePerS > 19, `${run.since(3_000).ratePerS} labels/s`);
    assert.ok(run.since(3_000).p95Ms < 120, `${run.since(3_000).p95Ms} ms`);
  });
}

test('a link of 300 ms gets no larger frames than it begins with, whatever it takes', () => {
  const run = simulate(() => ({ bytesPerMs: 12_500, delayMs: 150 }), 60_000);
  assert.equal(run.pacingAt(59_000)?.quality, 0.7);
});

test('a link that gets bad and good again: ages recover within 3 s, full quality within 20 s', () => {
  const run = simulate((ms) => (ms > 20_000 && ms < 50_000 ? BAD : GOOD), 90_000);
  assert.ok(run.since(23_000, 50_000).p95Ms <= 750, `${run.since(23_000, 50_000).p95Ms.toFixed(0)} ms`);
  assert.equal(run.pacingAt(70_000)?.quality, 0.9);
  assert.ok(run.since(70_000).ratePerS > 25, `${run.since(70_000).ratePerS}`);
});

test('a way that has become longer, as from one cell to another, is learnt', () => {
  const run = simulate((ms) => (ms > 20_000 ? { ...GOOD, delayMs: 120 } : GOOD), 90_000);
  // Larger frames are for ways that are short.
  assert.equal(run.pacingAt(80_000)?.quality, 0.7);
  assert.ok(run.since(80_000).ratePerS > 10, `${run.since(80_000).ratePerS}`);
});

test('never more frames than credits, never none', () => {
  for (const credits of [1, 2, 3, 8]) {
    const run = simulate(() => BAD, 30_000, credits);
    const { framesInFlight } = run.pacingAt(30_000) ?? { framesInFlight: 0 };
    assert.ok(framesInFlight >= 1 && framesInFlight <= Math.max(2, credits));
  }
});
