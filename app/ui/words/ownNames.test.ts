import assert from 'node:assert/strict';
import test from 'node:test';
import { setOwnNames } from './ownNames.ts';
import { translated } from './zhHans/labels.ts';

test('a name that a person gave is shown as it was written, and what was not taught in the language of the page', (t) => {
  t.after(() => setOwnNames([]));
  assert.equal(translated('cat')?.name, '猫');
  setOwnNames(['cat']);
  assert.equal(translated('cat'), undefined);
  assert.equal(translated('unknown')?.name, '未知物品');
  setOwnNames([]);
  assert.equal(translated('cat')?.name, '猫');
});
