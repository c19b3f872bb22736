import assert from 'node:assert/strict';
import test from 'node:test';
import { referenceAnswer } from '../deploy/heads/reference.ts';
import type { Outputs } from '../onnx/sourceSession.ts';
import { askOther, type OtherRuntime } from './otherRuntime.ts';

test('what cannot be read, such as a class that the model does not have, counts as a failure of the other runtime', async () => {
  const outputs = (line: number): Outputs =>
    new Map([
      ['boxes', { dims: [1, 4], data: Float64Array.of(0, 0, 1, 1) }],
      ['scores', { dims: [1], data: Float64Array.of(0.9) }],
      ['classes', { dims: [1], data: Float64Array.of(line) }],
    ]);
  const read = (one: Outputs) =>
    referenceAnswer({ kind: 'deployed', classes: 2 }, one, { labels: ['cat', 'dog'], minScore: 0.1 });
  const runtime = (line: number): OtherRuntime => ({ name: 'Other 1', run: async () => [outputs(line)] });
  const ask = async (line: number) => {
    const run = async () => [outputs(line)];
    return (await askOther(runtime(line), [read(outputs(1))], run, read, 0.1)).kind;
  };
  assert.equal(await ask(1), 'agrees');
  assert.equal(await ask(0), 'differs');
  assert.equal(await ask(9e30), 'failed');
});
