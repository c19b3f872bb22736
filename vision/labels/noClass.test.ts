import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginsWithBackground, isBackground, isHole } from './noClass.ts';

test('names of the background, and names that only contain it', () => {
  for (const name of ['background', '__background__', 'Background', '_background_', 'BG', '[background]'])
    assert.ok(isBackground(name), name);
  for (const name of ['Background Noise', 'background cat', 'bgr', '', '???', 'playback', 'ground'])
    assert.ok(!isBackground(name), name);
});

test('holes in a list, and names that resemble them', () => {
  for (const name of ['???', '?', 'N/A', 'n/a', '', ' ', '-', '__']) assert.ok(isHole(name), name);
  for (const name of ['NA', 'Na', 'who?', 'no', 'background', '0', 'none']) assert.ok(!isHole(name), name);
});

test('a list names the background itself only in its first place, and only before names', () => {
  assert.ok(beginsWithBackground(['__background__', 'person', 'N/A', 'stop sign']));
  assert.ok(beginsWithBackground(['???', 'cat']));
  assert.ok(beginsWithBackground(['N/A', 'person']));
  assert.ok(!beginsWithBackground(['cat', 'background']));
  assert.ok(!beginsWithBackground(['???', '???']));
  assert.ok(!beginsWithBackground([]));
});
