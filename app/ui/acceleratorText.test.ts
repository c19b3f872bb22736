import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceleratorText } from './acceleratorText.ts';
import { DELIVERED } from './words/words.ts';

const textOf = (report: Omit<Parameters<typeof acceleratorText>[1], 'why'>) =>
  acceleratorText(DELIVERED.words, { ...report, why: '' });

test('each outcome of a trial says who runs the model, and both times where there was a race', () => {
  const times = { runMs: 4.2, processorMs: 31 };
  assert.equal(
    textOf({ provider: 'webgpu', state: 'waiting' }),
    'WebGPU is tried when the server has little to do.',
  );
  assert.equal(
    textOf({ provider: 'webgpu', state: 'serves', ...times }),
    'WebGPU runs it: 4.2 ms a picture, 31 ms on the processor.',
  );
  assert.equal(
    textOf({ provider: 'webgpu', state: 'serves', ...times, batches: { sizes: [2, 4], why: '' } }),
    'WebGPU runs it: 4.2 ms a picture, 31 ms on the processor. Up to 4 frames that wait run at once.',
  );
  assert.equal(
    textOf({ provider: 'dml', state: 'slower', ...times }),
    'The processor runs it: 31 ms a picture, 4.2 ms on DirectML.',
  );
  assert.equal(textOf({ provider: 'coreml', state: 'slower' }), 'The processor runs it: CoreML was slower.');
  assert.equal(
    textOf({ provider: 'cuda', state: 'refused', ...times }),
    'The processor runs it: CUDA failed on this machine.',
  );
});
