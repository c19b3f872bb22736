import assert from 'node:assert/strict';
import test from 'node:test';
import type { Gateway, Member, Worker } from '../../fleet/member.ts';
import { widthOf } from './cells.ts';
import { fleetJson, fleetLines, type Sort } from './fleetLines.ts';
import type { Departed, FleetNow } from './fleetWatch.ts';

const NOW = 1_800_000_000_000;
let pids = 100;
const common = (host: string) => ({
  id: `m-${pids}`,
  host,
  pid: pids++,
  product: '0.3.0',
  startedAtMs: NOW - 3_725_000,
  labelsPerSecond: 42.4,
  memoryBytes: 410_000_000,
  isLeaving: false,
});
const gateway = (host: string, more: Partial<Gateway> = {}): Gateway => ({
  role: 'gateway',
  ...common(host),
  sessions: 12,
  waiting: 1,
  ageMs: { p50: 62, p95: 110 },
  ...more,
});
const COCO = { id: 'coco-ssd', version: '3fa2c1d0aaaaaaaa' };
const NEXT = { id: 'coco-ssd', version: '77ab12cdbbbbbbbb' };
const TEXT = { id: 'text', version: '99ab1234cccccccc' };
const worker = (host: string, more: Partial<Worker> = {}): Worker => ({
  role: 'worker',
  ...common(host),
  group: 'default',
  slots: 2,
  serving: [COCO, TEXT],
  staged: [],
  refused: [],
  ...more,
});

const nowOf = (members: readonly Member[], more: Partial<FleetNow> = {}): FleetNow => ({
  nowMs: NOW,
  members,
  departed: [],
  ...more,
});

interface Size {
  width?: number;
  height?: number;
  sort?: Sort;
}
const linesOf = (now: FleetNow, { width = 120, height = 40, sort = 'name' }: Size = {}) =>
  fleetLines(now, { queue: 'nats://n:4222', width, height, sort, hasKeys: true });
const textOf = (now: FleetNow, size?: Size) =>
  linesOf(now, size)
    .map(({ text }) => text)
    .join('\n');

const HEALTHY = [gateway('door-1'), gateway('door-2', { sessions: 3 }), worker('lap-1'), worker('lap-2')];

test('the screen has totals, gateways, workers and models', () => {
  const text = textOf(nowOf(HEALTHY));
  assert.match(
    text,
    /^livelens top · nats:\/\/n:4222 · 2 gateways · 2 workers \(4 slots\) · 15 sessions · 85 labels\/s$/m,
  );
  assert.match(text, /^Nothing is wrong\.$/m);
  assert.match(text, /^GATEWAY +SESSIONS +WAITING +LABELS\/S +AGE P50 +P95 +MEMORY +UP +STATE$/m);
  assert.match(text, /^door-2\/\d+ +3 +1 +42 +62 ms +110 ms +410 MB +1 h 2 min +serving$/m);
  assert.match(text, /^lap-1\/\d+ +default +2 +42 +410 MB +1 h 2 min +serves 2 models$/m);
  assert.match(text, /^coco-ssd +3fa2c1d0 +default +served by 2 of 2$/m);
  assert.match(text, /^s: sorted by name · q: quit$/m);
});

test('whatever the size, no line is wider than the terminal, and there are no more lines than it has', () => {
  const many = [
    ...HEALTHY,
    ...Array.from({ length: 30 }, (_, i) =>
      worker(`笔记本电脑-${i}`, { refused: [{ ...NEXT, why: 'The golden "cat" gives "dog".' }] }),
    ),
    gateway('a-machine-with-a-name-that-is-much-longer-than-any-column-has-room-for.example.org', {
      ageMs: { p50: null, p95: 1_240 },
    }),
    worker('bad\x1b[2Jname\n'),
  ];
  for (const members of [many, HEALTHY, []]) {
    for (let width = 8; width <= 200; width += 7) {
      for (let height = 1; height <= 60; height += 3) {
        const lines = linesOf(nowOf(members), { width, height });
        assert.ok(
          lines.length <= height && lines.length > 0,
          `${lines.length} lines of ${height} at width ${width}`,
        );
        for (const { text } of lines) {
          assert.ok(widthOf(text) <= width, `${widthOf(text)} columns of ${width}: ${text}`);
          assert.doesNotMatch(text, /\p{Cc}/u);
        }
      }
    }
  }
});

test('a narrow terminal keeps names and labels/s; a low one says how many rows are left out', () => {
  const narrow = textOf(nowOf(HEALTHY), { width: 26 });
  assert.match(narrow, /^GATEWAY +LABELS\/S$/m);
  assert.match(narrow, /^door-1\/\d+ +42$/m);
  const members = [...HEALTHY, ...Array.from({ length: 20 }, (_, i) => worker(`lap-${i + 3}`))];
  const low = textOf(nowOf(members), { height: 16 });
  assert.match(low, /^door-2\//m);
  assert.match(low, /^… and \d+ more workers$/m);
  assert.match(low, /^coco-ssd/m);
});

test('the order is by name, numbers within as numbers, or by the largest', () => {
  const members = [
    worker('lap-10', { labelsPerSecond: 5, memoryBytes: 1 }),
    worker('lap-9', { labelsPerSecond: 9, memoryBytes: 2 }),
    worker('lap-1', { labelsPerSecond: 7, memoryBytes: 3, group: 'fast' }),
    gateway('door-1', { ageMs: { p50: 1, p95: 50 } }),
    gateway('door-2', { ageMs: { p50: 1, p95: 90 } }),
  ];
  const order = (sort: Sort) =>
    [...textOf(nowOf(members), { sort }).matchAll(/^((?:lap|door)-\d+)\//gm)].map(([, one]) => one);
  assert.deepEqual(order('name'), ['door-1', 'door-2', 'lap-9', 'lap-10', 'lap-1']);
  assert.deepEqual(order('labels').slice(2), ['lap-9', 'lap-1', 'lap-10']);
  assert.deepEqual(order('memory').slice(2), ['lap-1', 'lap-9', 'lap-10']);
  assert.deepEqual(order('age').slice(0, 2), ['door-2', 'door-1']);
});

test('what is wrong is said in words, with what to do', () => {
  const departed = (member: Member, didSay: boolean): Departed => ({ member, atMs: NOW - 4_000, didSay });
  const cases: [FleetNow, RegExp | undefined][] = [
    [nowOf([]), /^No gateway and no worker announces itself here\. Start them with the same QUEUE/],
    [nowOf([gateway('a')]), /^No worker: frames are not labelled\. Start one: "livelens worker/],
    [
      nowOf([gateway('a'), worker('b', { serving: [] })]),
      /^No worker serves a model yet: 1 worker is loading/,
    ],
    [nowOf([gateway('a'), worker('b', { isLeaving: true })]), /^No worker serves a model yet/],
    [nowOf([worker('b')]), /^No gateway: no one can connect/],
    [nowOf([gateway('a', { isLeaving: true }), worker('b')]), /^No gateway/],
    [
      nowOf([gateway('a'), worker('b', { refused: [{ ...NEXT, why: 'The golden cat gives dog.' }] })]),
      /^Worker b\/\d+ refused coco-ssd 77ab12cd: The golden cat gives dog\.$/,
    ],
    [
      nowOf([gateway('a', { ageMs: { p50: 300, p95: 1_240 } }), worker('b')]),
      /^Labels of gateway a\/\d+ are old: p95 1,240 ms/,
    ],
    [
      nowOf(HEALTHY, { departed: [departed(worker('lap-3'), false)] }),
      /^Worker lap-3\/\d+ fell silent 4 s ago: it was killed/,
    ],
    [nowOf(HEALTHY, { departed: [departed(worker('lap-3'), true)] }), undefined],
    [
      nowOf([gateway('a'), worker('b'), worker('c', { serving: [NEXT, TEXT] })]),
      /^Versions of coco-ssd differ in group default: 3fa2c1d0 on b\/\d+; 77ab12cd on c\/\d+\./,
    ],
    // Two groups may hold different versions.
    [nowOf([gateway('a'), worker('b'), worker('c', { serving: [NEXT, TEXT], group: 'other' })]), undefined],
    [
      nowOf([gateway('a'), worker('b'), worker('c', { serving: [COCO] })]),
      /^c\/\d+ of group default does not serve text, which others of it do\.$/,
    ],
    // It has just started, and loads.
    [nowOf([gateway('a'), worker('b'), worker('c', { serving: [] })]), undefined],
    [
      nowOf([gateway('a', { product: '0.10.0' }), worker('b', { product: '0.9.0' })]),
      /^Versions of Livelens differ: 0\.9\.0 on b\/\d+; 0\.10\.0 on a\/\d+\. Update/,
    ],
    [nowOf(HEALTHY, { lostSinceMs: NOW - 65_000 }), /^No connection to the queue for 1 min\. What is shown/],
    [nowOf(HEALTHY), undefined],
    [nowOf([], { isNew: true }), undefined],
  ];
  for (const [now, expected] of cases) {
    const { problems } = fleetJson(now, 'nats://n');
    if (expected === undefined) assert.deepEqual(problems, []);
    else {
      assert.equal(problems.length, 1, JSON.stringify(problems));
      assert.match(problems[0]?.text ?? '', expected);
      const shown = linesOf(now, { width: 400 }).map(({ text }) => text);
      assert.ok(shown.includes(problems[0]?.text ?? ''), shown.join('\n'));
    }
  }
});

test('a rollout is seen: who holds the next version, and who leaves', () => {
  const text = textOf(
    nowOf([gateway('a'), worker('b', { staged: [NEXT] }), worker('c'), worker('d', { isLeaving: true })]),
  );
  assert.match(text, /^b\/\d+ .*serves 2 models, holds coco-ssd 77ab12cd too$/m);
  assert.match(text, /^coco-ssd +77ab12cd +default +waits on 1 of 3$/m);
  assert.match(text, /^d\/\d+ .* leaving$/m);
});

test('which precision workers run is said of each, and counted for the model', () => {
  const runs = (precision: 'int8' | 'float32') => ({ serving: [{ ...COCO, precision }, TEXT] });
  const members = ['a', 'b', 'c'].map((host) => worker(host, runs('int8')));
  const text = textOf(nowOf([gateway('door'), ...members, worker('d', runs('float32'))]));
  assert.match(text, /^coco-ssd .*served by 4 of 4, 3 in int8, 1 in float32$/m);
  assert.match(text, /^text .*served by 4 of 4$/m);
  assert.match(text, /^d\/.*serves 2 models, coco-ssd in float32$/m);
  assert.match(text, /^Nothing is wrong\.$/m);
});

test('as data it has the same, with totals', () => {
  const state = fleetJson(nowOf(HEALTHY), 'nats://n');
  assert.deepEqual(
    [
      state.sessions,
      state.waiting,
      state.labelsPerSecond,
      state.slots,
      state.gateways.length,
      state.workers.length,
    ],
    [15, 2, 84.8, 4, 2, 2],
  );
  assert.equal(JSON.parse(JSON.stringify(state)).workers[0].host, 'lap-1');
});
