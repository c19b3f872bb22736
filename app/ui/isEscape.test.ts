import assert from 'node:assert/strict';
import test from 'node:test';
import { isEscape } from './isEscape.ts';

test('the Escape of an input method leaves nothing', () => {
  assert.equal(isEscape({ key: 'Escape', isComposing: false }), true);
  assert.equal(isEscape({ key: 'Escape', isComposing: true }), false);
  assert.equal(isEscape({ key: 'Enter', isComposing: false }), false);
});
