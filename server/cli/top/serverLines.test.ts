import assert from 'node:assert/strict';
import test from 'node:test';
import type { ServerStatus } from '../../../protocol/status.ts';
import { widthOf } from './cells.ts';
import { type ServerNow, serverLines } from './serverLines.ts';

const ages = (p95: number | null) => ({ p50: [20, 30], p95: [p95, p95] });
const statusOf = (more: Partial<ServerStatus> = {}, p95: number | null = 80): ServerStatus => ({
  nowMs: 3_725_000,
  startedAtMs: 0,
  sessions: 3,
  maxSessions: 200,
  waitingFrames: 1,
  restarts: 0,
  serverMemoryBytes: 80_000_000,
  workers: [{ state: 'serving', memoryBytes: 200_000_000 }, { state: 'starting' }],
  models: [{ id: 'coco-ssd', name: 'COCO', version: '9a796ba3ad86', state: 'live' }],
  history: {
    first: 0,
    sessions: [3, 3],
    labelled: [10, 20],
    waiting: [0, 1],
    workers: [1, 1],
    memoryBytes: [1, 1],
    ages: { queue: ages(5), decode: ages(4), infer: ages(40), server: ages(p95) },
    drops: { stale: [0, 4] },
  },
  ...more,
});

const textOf = (now: Partial<ServerNow>, width = 120) =>
  serverLines(
    { url: 'http://lens', status: statusOf(), problem: undefined, ...now },
    { width, height: 40, hasKeys: true },
  )
    .map(({ text }) => text)
    .join('\n');

test('a server is shown with totals, times, workers, models and what is dropped', () => {
  const text = textOf({});
  assert.match(
    text,
    /^livelens top · http:\/\/lens · 3 sessions of 200 · 15 labels\/s · 1 waiting · 1 of 2 workers · 280 MB · up 1 h 2 min$/m,
  );
  assert.match(text, /^Nothing is wrong\.$/m);
  assert.match(text, /^in all +25 ms +80 ms$/m);
  assert.match(text, /^starting +-$/m);
  assert.match(text, /^coco-ssd +9a796ba3 +live$/m);
  assert.match(text, /^stale +2$/m);
  for (const line of textOf({}, 24).split('\n')) assert.ok(widthOf(line) <= 24, line);
});

test('what is wrong with a server is said in words', () => {
  const broken = { id: 'birds', name: 'Birds', version: '', state: 'broken' } as const;
  for (const [now, expected] of [
    [{ status: undefined }, /^Connecting\.$/m],
    [{ status: undefined, problem: 'Unreachable.' }, /^Unreachable\.$/m],
    [{ problem: 'Unreachable.' }, /^Unreachable\. What is shown was heard before\.$/m],
    [{ status: statusOf({ workers: [{ state: 'silent' }] }) }, /^No worker can answer frames now\.$/m],
    [
      { status: statusOf({ models: [broken] }) },
      /^Model birds does not serve: "npm run models -- show birds" says why\.$/m,
    ],
    [{ status: statusOf({}, 1_240) }, /^Labels are old: p95 1,240 ms\. More workers/m],
  ] satisfies [Partial<ServerNow>, RegExp][]) {
    const text = textOf(now);
    assert.match(text, expected);
    assert.doesNotMatch(text, /Nothing is wrong/);
  }
});
