import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  confidence,
  connectionName,
  INITIAL_STATE,
  inUse,
  type LensEvent,
  lensReducer,
  sourceName,
} from './lensState.ts';

const run = (...events: LensEvent[]) => events.reduce(lensReducer, INITIAL_STATE);
const LIVE: LensEvent = { type: 'live', source: 'camera', mirrored: true, cameraId: 'c1' };
const MODEL = {
  id: 'm',
  version: '1',
  name: 'M',
  task: 'detection',
  labels: ['cat'],
  input: { width: 300, height: 300, fit: 'stretch' as const },
  minScore: { floor: 0.25, default: 0.4 },
};

test('asking, live, paused, stopped', () => {
  const asking = run({ type: 'view', view: { kind: 'asking', source: 'camera' } });
  assert.equal(sourceName(asking.view), 'camera');
  const live = run(LIVE, { type: 'paused', paused: true });
  assert.ok(live.view.kind === 'live' && live.view.paused && live.view.mirrored);
  assert.equal(live.cameraId, 'c1');
  const stopped = run(LIVE, { type: 'view', view: { kind: 'stopped', source: 'camera' } });
  assert.equal(sourceName(stopped.view), 'camera');
});

test('events of a live source that come late change nothing', () => {
  for (const event of [
    { type: 'paused', paused: true },
    { type: 'interrupted', interrupted: true },
    { type: 'mirrored', mirrored: true },
  ] as const) {
    assert.equal(lensReducer(INITIAL_STATE, event), INITIAL_STATE);
  }
});

test('labels of a picture that come after the person went on are not shown', () => {
  const state = run(LIVE, { type: 'picture', phase: { kind: 'done', count: 1, total: 1, unread: 0 } });
  assert.equal(state.view.kind, 'live');
});

test('going live takes an old notice down', () => {
  assert.equal(run({ type: 'notice', notice: () => ({ title: 'a', text: 'b' }) }, LIVE).notice, undefined);
});

test('the model is remembered while the connection is away', () => {
  const state = run(
    { type: 'recognizer', state: { kind: 'ready', model: MODEL } },
    { type: 'recognizer', state: { kind: 'reconnecting', reached: 'lost', retryAtMs: 5 } },
  );
  assert.equal(state.model, MODEL);
  assert.equal(connectionName(state.recognizer), 'reconnecting');
});

test('confidence: the model decides the range and the default, a person the value', () => {
  assert.deepEqual(confidence({ model: MODEL, minScore: undefined }), {
    floor: 0.25,
    ceiling: 0.95,
    value: 0.4,
  });
  assert.equal(confidence({ model: MODEL, minScore: 0.6 }).value, 0.6);
  assert.equal(confidence({ model: MODEL, minScore: 0.05 }).value, 0.25);
  assert.equal(confidence({ model: MODEL, minScore: 1 }).value, 0.95);
});

test('a model is in use while it gives the labels on the screen, and only then', () => {
  const ready: LensEvent = { type: 'recognizer', state: { kind: 'ready', model: MODEL } };
  const at = (backend: 'server' | 'device', kind: 'chosen' | 'device-preparing'): LensEvent => ({
    type: 'backend',
    report: { ...INITIAL_STATE.backend, backend, reason: { kind } },
  });
  const used = (...events: LensEvent[]) => inUse(run(...events));
  assert.deepEqual(used(LIVE, ready), { backend: 'server', models: ['m'] });
  assert.deepEqual(used(LIVE, ready, at('device', 'chosen')), { backend: 'device', models: ['m'] });
  const secondary: LensEvent = { type: 'chosen', modelId: 'm', secondary: ['n'], minScore: undefined };
  assert.deepEqual(used(LIVE, secondary, ready)?.models, ['m', 'n']);
  const taught: LensEvent = {
    type: 'recognizer',
    state: { kind: 'ready', model: { ...MODEL, id: 'things:mugs' } },
  };
  assert.deepEqual(used(LIVE, taught)?.models, ['things'], 'what was taught has no model of its own');

  assert.equal(used(ready), undefined, 'nothing is shown');
  assert.equal(used(LIVE, ready, { type: 'view', view: { kind: 'stopped', source: 'camera' } }), undefined);
  assert.equal(used(LIVE, ready, { type: 'recognizer', state: { kind: 'idle' } }), undefined);
  assert.equal(used(LIVE, ready, at('device', 'device-preparing')), undefined, 'the device gets ready');
});
