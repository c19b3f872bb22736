import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AutoCommand, type AutoEvent, type AutoState, reduceAuto, startAuto } from './autoState.ts';
import type { Readiness } from './readiness.ts';
import type { RecognizerState } from './recognizer.ts';

const STATES: readonly RecognizerState[] = [
  { kind: 'idle' },
  { kind: 'connecting' },
  { kind: 'reconnecting', reached: 'lost', retryAtMs: undefined },
  { kind: 'failed', message: 'refused' },
  { kind: 'busy', retryAtMs: undefined },
];
const READINESS: readonly Readiness[] = [
  { kind: 'cold' },
  { kind: 'preparing' },
  { kind: 'ready' },
  { kind: 'unusable', why: 'no model' },
];

const step = (readiness: Readiness, isStill = false): AutoEvent => ({
  type: 'step',
  server: { oldestWaitMs: undefined, answers: [], boundMs: 1_000 },
  device: { readiness, answerMs: 40 },
  isVisible: true,
  isStill,
  random: 0.5,
});

const types = (commands: readonly AutoCommand[]) => commands.map(({ type }) => type);

test('in the mode "device" there is no server, in the mode "server" no device', () => {
  for (const [mode, never] of [
    ['device', ['startServer', 'retryServer']],
    ['server', ['startDevice', 'prepareDevice']],
  ] as const) {
    const { commands } = reduceAuto(startAuto(mode, 0), { type: 'started' }, 0);
    for (const type of never) assert.equal(types(commands).includes(type), false, `${mode}: ${type}`);
  }
});

test('the first while with labels is left to them: the device prepares its model after 10 s, or after 3 s of a scene that stands still', () => {
  const started = reduceAuto(startAuto('auto', 0), { type: 'started' }, 0).state;
  const labelled = reduceAuto(started, { type: 'labelled', backend: 'server', modelIndex: 0 }, 0).state;
  const isPrepared = (nowMs: number, isStill: boolean) =>
    types(reduceAuto(labelled, step({ kind: 'cold' }, isStill), nowMs).commands).includes('prepareDevice');
  assert.deepEqual([isPrepared(2_900, true), isPrepared(3_000, true)], [false, true]);
  assert.deepEqual([isPrepared(9_900, false), isPrepared(10_000, false)], [false, true]);
});

test('the device prepares secondary models once the scene stands still, or after a minute; a device that a person chose, at once', () => {
  const selection = { model: 'things', secondary: ['text'] };
  const prepared = (state: AutoState, event: AutoEvent, nowMs: number) => {
    const reduction = reduceAuto(state, event, nowMs);
    const models = reduction.commands.flatMap((command) =>
      command.type === 'prepareDevice' ? [command.models] : [],
    );
    return { ...reduction, models };
  };
  const selected = reduceAuto(startAuto('auto', 0), { type: 'selected', selection }, 0).state;
  const started = reduceAuto(selected, { type: 'started' }, 0).state;
  const labelled = reduceAuto(started, { type: 'labelled', backend: 'server', modelIndex: 0 }, 0).state;
  const first = prepared(labelled, step({ kind: 'cold' }), 10_000);
  assert.deepEqual(first.models, ['primary']);
  const moving = prepared(first.state, step({ kind: 'ready' }), 30_000);
  assert.deepEqual(moving.models, []);
  const still = prepared(moving.state, step({ kind: 'ready' }, true), 30_100);
  assert.deepEqual(still.models, ['all']);
  assert.deepEqual(prepared(still.state, step({ kind: 'ready' }, true), 30_200).models, []);
  assert.deepEqual(prepared(moving.state, step({ kind: 'ready' }), 60_000).models, ['all']);
  assert.deepEqual(prepared(startAuto('device', 0), { type: 'started' }, 0).models, ['all']);
});

test('a model that the device lacks counts against the device alone, and is reported when only the device is left', () => {
  const begun = reduceAuto(startAuto('auto', 0), { type: 'started' }, 0).state;
  const lacking = reduceAuto(begun, { type: 'deviceModelLost', why: 'no birds here' }, 1);
  assert.deepEqual(lacking.commands, []);
  const { state, commands } = reduceAuto(lacking.state, { type: 'mode', mode: 'device' }, 2);
  assert.deepEqual(commands.at(-1), { type: 'modelLost', why: 'no birds here' });
  assert.equal(state.deviceLacks, undefined);
});

test('whatever happens: what a mode excludes is never started, steps run at most once, and no state is changed', () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = seededRandom(seed);
    const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
    let state: AutoState = startAuto('auto', 0);
    let isStepping = false;
    for (let nowMs = 0; nowMs < 20_000; nowMs += 100) {
      const event = pick<AutoEvent>([
        { type: 'started' },
        { type: 'stopped' },
        { type: 'mode', mode: pick(['auto', 'server', 'device'] as const) },
        { type: 'selected', selection: { model: pick(['a', 'b']) } },
        { type: 'retry' },
        {
          type: 'state',
          backend: pick(['server', 'device'] as const),
          state: pick(STATES),
          random: random(),
        },
        { type: 'labelled', backend: pick(['server', 'device'] as const), modelIndex: pick([0, 1]) },
        { type: 'deviceModelLost', why: 'gone' },
        ...Array.from({ length: 8 }, () => step(pick(READINESS))),
      ]);
      const frozen = JSON.stringify(state);
      const reduction = reduceAuto(state, event, nowMs);
      assert.equal(JSON.stringify(state), frozen, `seed ${seed}: the state was changed in place`);
      assert.deepEqual(
        reduceAuto(state, event, nowMs),
        reduction,
        `seed ${seed}: not a function of its input`,
      );
      state = reduction.state;
      for (const type of types(reduction.commands)) {
        const what = `seed ${seed}, ${nowMs} ms, ${event.type}: ${type}`;
        if (type === 'startSteps') {
          assert.equal(isStepping, false, what);
          isStepping = true;
        }
        if (type === 'stopSteps') isStepping = false;
        const isServers = type === 'startServer' || type === 'retryServer';
        if (isServers && event.type !== 'retry') assert.ok(state.isRunning && state.mode !== 'device', what);
        if (isServers && event.type === 'retry') assert.notEqual(state.mode, 'device', what);
        const isDevices = type === 'startDevice' || type === 'prepareDevice';
        if (isDevices) assert.ok(state.isRunning && state.mode !== 'server', what);
      }
      assert.equal(isStepping, state.isRunning && state.mode === 'auto', `seed ${seed}, ${nowMs} ms`);
    }
  }
});

/** Repeatable numbers of 0..1 (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
