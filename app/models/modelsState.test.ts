import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImportReport, ImportState, ModelDetails } from '../../protocol/models.ts';
import {
  canTeach,
  INITIAL_MODELS,
  isMoving,
  labellingModels,
  type ModelsEvent,
  modelsReducer,
} from './modelsState.ts';

const run = (...events: ModelsEvent[]) => events.reduce(modelsReducer, INITIAL_MODELS);
const REPORT = { id: 'birds', name: 'Birds' } as ImportReport;
const at = (phase: ImportState['phase'], more: Partial<ImportState> = {}): ModelsEvent => ({
  type: 'import',
  name: 'birds.onnx',
  state: { id: 'i1', phase, ...more },
});

test('an upload, cancelled: what comes late changes nothing', () => {
  const sent: ModelsEvent = { type: 'sent', sentBytes: 10, totalBytes: 20 };
  const sending = run({ type: 'sending', name: 'birds.onnx' }, sent);
  assert.deepEqual(sending.adding, { kind: 'sending', name: 'birds.onnx', sentBytes: 10, totalBytes: 20 });
  const cancelled = [
    { type: 'cleared' },
    sent,
    { type: 'unsent', problem: { code: 'aborted', text: 'cancelled' } },
  ] as const;
  assert.deepEqual(cancelled.reduce(modelsReducer, sending).adding, { kind: 'none' });
});

test('while a model is checked again, the previous report stays, and so does what a person entered', () => {
  const { adding } = run(
    at('asking', { report: REPORT }),
    { type: 'asking', options: { channels: 'BGR' } },
    at('looking'),
  );
  assert.equal(adding.kind, 'pending');
  if (adding.kind !== 'pending') return;
  assert.equal(adding.state.phase, 'looking');
  assert.equal(adding.state.report, REPORT);
  assert.deepEqual(adding.options, { channels: 'BGR' });
  assert.equal(adding.isAsking, false);
});

test('another import begins with nothing entered', () => {
  const { adding } = run(
    at('asking', { report: REPORT }),
    { type: 'asking', options: { channels: 'BGR' } },
    { type: 'import', name: 'cars.onnx', state: { id: 'i2', phase: 'looking' } },
  );
  assert.equal(adding.kind, 'pending');
  if (adding.kind !== 'pending') return;
  assert.equal(adding.state.report, undefined);
  assert.deepEqual(adding.options, {});
});

test('a request that failed leaves the import as it was', () => {
  const { adding } = run(
    at('asking', { report: REPORT }),
    { type: 'asking', options: {} },
    { type: 'problem', problem: { code: 'unreachable', text: 'The server did not answer.' } },
  );
  assert.equal(adding.kind === 'pending' && adding.state.phase, 'asking');
  assert.equal(adding.kind === 'pending' && adding.problem?.text, 'The server did not answer.');
});

test('an act of one model leaves the others alone, and goes', () => {
  const busy = run(
    { type: 'act', id: 'a', act: { kind: 'busy', what: 'verify' } },
    { type: 'act', id: 'b', act: { kind: 'failed', problem: { code: 'failed', text: 'no' } } },
    { type: 'act', id: 'a', act: undefined },
  );
  assert.deepEqual(busy.acts, { b: { kind: 'failed', problem: { code: 'failed', text: 'no' } } });
});

test('an import in progress is polled', () => {
  const moving = (['receiving', 'looking', 'asking', 'trial', 'live', 'refused', 'failed'] as const).filter(
    (phase) => isMoving({ id: 'i', phase }),
  );
  assert.deepEqual(moving, ['receiving', 'looking', 'trial']);
});

test('models without labels and broken ones are no modes of the lens', () => {
  const model = (id: string, task: string, state: ModelDetails['state']) =>
    ({ id, task, state }) as ModelDetails;
  const models = [
    model('coco', 'object-detection', 'live'),
    model('vectors', 'image-embedding', 'live'),
    model('bad', 'image-classification', 'broken'),
    model('resting', 'image-classification', 'unloaded'),
  ];
  const ids = labellingModels({ models, mayChange: true }).map(({ id }) => id);
  assert.deepEqual(ids, ['coco', 'resting']);
});

test('things can be taught where the model that embeds them works', () => {
  const birds = { task: 'object-detection', state: 'live' };
  assert.equal(canTeach([birds]), false);
  assert.equal(canTeach([birds, { task: 'thing-embedding' }]), true);
  assert.equal(canTeach([birds, { task: 'thing-embedding', state: 'broken' }]), false);
});

test('an unreachable server is shown until it lists its models again; what was listed stays', () => {
  const list = { models: [], mayChange: true };
  const away = run({ type: 'listed', list }, { type: 'unlisted', problem: { kind: 'away' } });
  assert.deepEqual([away.list, away.problem], [list, { kind: 'away' }]);
  assert.equal(modelsReducer(away, { type: 'listed', list }).problem, undefined);
});
