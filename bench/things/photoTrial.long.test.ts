import assert from 'node:assert/strict';
import test from 'node:test';
import { openEmbedder } from './openEmbedder.ts';
import { photoTrial } from './photoTrial.ts';
import { nameAll } from './trial.ts';

test('of six things with five samples each 95 % of unseen views are named right, and 85 % of six others are unknown', async () => {
  const { right, unknown, error } = nameAll([await photoTrial(await openEmbedder())]);
  assert.ok(right >= 0.95, `${right}`);
  assert.ok(unknown >= 0.85, `${unknown}`);
  assert.ok(error <= 0.1, `${error}`);
});
