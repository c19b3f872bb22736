import assert from 'node:assert/strict';
import test from 'node:test';
import { createSemaphore } from '../limits/semaphore.ts';
import type { FrameResult } from '../queue/frameQueue.ts';
import { createMemoryFrameQueue } from '../queue/memoryFrameQueue.ts';
import { requireTiles, withTiles } from './withTiles.ts';

const TILES = 8;
const timing = { queueMs: 1, decodeMs: 2, inferMs: 3 };
const tile = {
  fitted: { part: [0, 0, 0.5, 0.5], inputRect: [0, 0, 1, 1] },
  isMirrored: false,
  image: new Uint8Array([1]),
} as const;
const job = {
  key: 'picture',
  model: 'm',
  format: 'jpeg',
  image: new Uint8Array([1]),
  maxPixels: 1,
  maxDecodeMs: 1,
  isFitted: false,
} as const;
const answered = (label: string, version = 'v'): Extract<FrameResult, { kind: 'answered' }> => ({
  kind: 'answered',
  version,
  timing,
  answer: { task: 'object-detection', detections: [{ label, score: 0.9, box: [0.2, 0.2, 0.4, 0.4] }] },
});
const whole = { ...answered('whole'), tiles: Array.from({ length: TILES }, () => tile) };
const input = { name: 'image', width: 300, height: 300, fit: 'stretch' };

function setUp(nowMs = () => 0) {
  const queue = createMemoryFrameQueue({ maxAgeMs: 60_000, refreshMs: 60_000, nowMs: () => 0 });
  const models = { find: () => ({ manifest: { task: 'object-detection', input } }) };
  const context = { queue, models, nowMs, pictures: createSemaphore(3) } as never;
  const { signal } = new AbortController();
  return { queue, take: () => queue.take(signal), merged: withTiles(whole, job, context) };
}

test('tiles of a picture wait two at a time, so that a frame of a session has its turn after two of them', async (t) => {
  const { queue, take, merged } = setUp();
  t.after(() => queue.close());
  const order: string[] = [];
  for (let taken = 0; taken < TILES + 1; taken++) {
    assert.ok(queue.waiting <= 3, `${queue.waiting} wait`);
    const frame = await take();
    assert.ok(frame);
    order.push(frame.job.key.startsWith('picture') ? 'tile' : 'session');
    if (taken === 2) {
      void queue.submit({ ...job, key: 'session' });
    }
    frame.answer(answered('cup'));
    await new Promise(setImmediate);
  }
  assert.ok([4, 5].includes(order.indexOf('session')), order.join(' '));
  assert.deepEqual((await merged).views, { seen: TILES + 1, planned: TILES + 1 });
});

test('what the tiles show is merged in 0..1 of the picture, and their times are added up', async (t) => {
  const { queue, take, merged } = setUp();
  t.after(() => queue.close());
  for (let at = 0; at < TILES; at++) (await take())?.answer(answered('cup'));
  const { answer, timing: total } = await merged;
  assert.ok(answer.task === 'object-detection');
  const cup = answer.detections.find(({ label }) => label === 'cup');
  assert.deepEqual(
    cup?.box.map((side) => Math.round(side * 1e6) / 1e6),
    [0.1, 0.1, 0.2, 0.2],
  );
  assert.ok(answer.detections.some(({ label }) => label === 'whole'));
  assert.deepEqual(total, { queueMs: 9, decodeMs: 18, inferMs: 27 });
});

test('tiles that are dropped, or that another version saw, are left out, and the answer says how many', async (t) => {
  const { queue, take, merged } = setUp();
  t.after(() => queue.close());
  for (let at = 0; at < TILES; at++) {
    const frame = await take();
    if (at === 0) frame?.answer({ kind: 'dropped', reason: 'stale' });
    else frame?.answer(answered('cup', at === 1 ? 'next' : 'v'));
  }
  assert.deepEqual((await merged).views, { seen: TILES - 1, planned: TILES + 1 });
});

test('no tile is begun when the time for them is over', async (t) => {
  let nowMs = 0;
  const { queue, take, merged } = setUp(() => nowMs);
  t.after(() => queue.close());
  nowMs = 10_001;
  for (let at = 0; at < 2; at++) (await take())?.answer(answered('cup'));
  assert.deepEqual((await merged).views, { seen: 3, planned: TILES + 1 });
  assert.equal(queue.waiting, 0);
});

test('a model that sees a picture as a whole is refused', () => {
  requireTiles({ task: 'object-detection', id: 'coco-ssd' });
  for (const task of ['image-classification', 'image-embedding'] as const) {
    assert.throws(() => requireTiles({ task, id: 'flowers' }), {
      code: 'bad_request',
      message: /"flowers" \(image-classification\)|"flowers" \(image-embedding\)/,
    });
  }
});
