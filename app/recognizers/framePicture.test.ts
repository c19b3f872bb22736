import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepsColours, pictureQuality } from './framePicture.ts';

test('frames are as good as the link takes, and small where something is to be saved', () => {
  assert.deepEqual(pictureQuality(0.9, undefined), { quality: 0.9, reason: 'best' });
  assert.deepEqual(pictureQuality(0.8, undefined), { quality: 0.8, reason: 'link' });
  for (const saving of ['data', 'cellular', 'battery', 'server'] as const) {
    assert.deepEqual(pictureQuality(0.9, saving), { quality: 0.7, reason: saving });
    // It is the link that takes less still.
    assert.deepEqual(pictureQuality(0.4, saving), { quality: 0.4, reason: 'link' });
  }
});

test('small inputs keep the colour of each pixel; pages of text and large inputs take the browser’s encoder', () => {
  assert.equal(keepsColours({ width: 300, height: 300, fit: 'stretch' }), true);
  assert.equal(keepsColours({ width: 1_024, height: 1_024, fit: 'letterbox' }), false);
  const atMost = { width: 960, height: 960 };
  const steps = [{ op: 'resize', atMost, resample: 'antialiased' }] as const;
  assert.equal(keepsColours({ width: 300, height: 300, fit: 'stretch', steps: [...steps] }), false);
});
