import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Announcer, describe } from './announcer.ts';

const seen = (...names: string[]) => names.map((label) => ({ label }));

test('counts things and puts them in words', () => {
  assert.equal(describe(seen('cup', 'cat', 'cup')), '2 cups, cat');
  assert.equal(describe(seen('person', 'person', 'bus', 'bus', 'bus')), '3 buses, 2 people');
  assert.equal(describe(seen('wine glass', 'wine glass')), '2 wine glasses');
  assert.equal(describe([]), '');
});

test('says a lasting change, once', () => {
  const announcer = new Announcer();
  assert.equal(announcer.see(seen('cat'), 0), undefined);
  assert.equal(announcer.see(seen('cat'), 700), 'cat');
  assert.equal(announcer.see(seen('cat'), 9000), undefined);
});

test('a flicker is not said', () => {
  const announcer = new Announcer();
  announcer.see(seen('cat'), 0);
  announcer.see(seen('cat'), 700);
  announcer.see(seen('cat', 'cup'), 5000);
  assert.equal(announcer.see(seen('cat'), 5100), undefined);
  assert.equal(announcer.see(seen('cat'), 9000), undefined);
});

test('at most one announcement in three seconds, and then the latest', () => {
  const announcer = new Announcer();
  announcer.see(seen('cat'), 0);
  assert.equal(announcer.see(seen('cat'), 1000), 'cat');
  announcer.see(seen('cup'), 1500);
  assert.equal(announcer.see(seen('cup'), 2500), undefined);
  announcer.see(seen('dog'), 2600);
  assert.equal(announcer.see(seen('dog'), 4000), 'dog');
});

test('an empty view is said only after something was there', () => {
  const announcer = new Announcer();
  announcer.see([], 0);
  assert.equal(announcer.see([], 5000), undefined);
  announcer.see(seen('cat'), 6000);
  announcer.see(seen('cat'), 7000);
  announcer.see([], 8000);
  assert.equal(announcer.see([], 11_000), 'Nothing in view');
});
