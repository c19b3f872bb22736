import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELIVERED } from '../ui/words/words.ts';
import { Announcer, describe } from './announcer.ts';

const WORDS = DELIVERED.words.seen;
const seen = (...names: string[]) => names.map((label) => ({ label }));

test('counts things and puts them in words', () => {
  assert.equal(describe(seen('cup', 'cat', 'cup'), WORDS), '2 cups, cat');
  assert.equal(describe(seen('person', 'person', 'bus', 'bus', 'bus'), WORDS), '3 buses, 2 people');
  assert.equal(describe(seen('wine glass', 'wine glass'), WORDS), '2 wine glasses');
  assert.equal(describe([], WORDS), '');
});

test('says a lasting change, once', () => {
  const announcer = new Announcer();
  assert.equal(announcer.update(seen('cat'), 0, WORDS), undefined);
  assert.equal(announcer.update(seen('cat'), 700, WORDS), 'cat');
  assert.equal(announcer.update(seen('cat'), 9000, WORDS), undefined);
});

test('a flicker is not announced', () => {
  const announcer = new Announcer();
  announcer.update(seen('cat'), 0, WORDS);
  announcer.update(seen('cat'), 700, WORDS);
  announcer.update(seen('cat', 'cup'), 5000, WORDS);
  assert.equal(announcer.update(seen('cat'), 5100, WORDS), undefined);
  assert.equal(announcer.update(seen('cat'), 9000, WORDS), undefined);
});

test('at most one announcement in three seconds, and then the latest', () => {
  const announcer = new Announcer();
  announcer.update(seen('cat'), 0, WORDS);
  assert.equal(announcer.update(seen('cat'), 1000, WORDS), 'cat');
  announcer.update(seen('cup'), 1500, WORDS);
  assert.equal(announcer.update(seen('cup'), 2500, WORDS), undefined);
  announcer.update(seen('dog'), 2600, WORDS);
  assert.equal(announcer.update(seen('dog'), 4000, WORDS), 'dog');
});

test('an empty view is announced only after something was there', () => {
  const announcer = new Announcer();
  announcer.update([], 0, WORDS);
  assert.equal(announcer.update([], 5000, WORDS), undefined);
  announcer.update(seen('cat'), 6000, WORDS);
  announcer.update(seen('cat'), 7000, WORDS);
  announcer.update([], 8000, WORDS);
  assert.equal(announcer.update([], 11_000, WORDS), 'Nothing in view');
});
