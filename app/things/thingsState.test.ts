import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freeIdOf, idOf } from './collectionName.ts';
import { thingOfPath } from './pictureOf.ts';
import { stepOf, thingNamed } from './thingsState.ts';

const TEACHING = {
  name: 'Mug',
  isNothing: false,
  wrong: undefined,
  isTaking: false,
  taken: undefined,
  problem: undefined,
};
const taken = (samples: number, variety: number) => ({
  ...TEACHING,
  taken: { thing: { id: 'a', name: 'Mug' }, sample: 'b', samples, variety },
});

test('a thing is named, shown, turned, and shown from behind where its samples look alike', () => {
  assert.equal(stepOf({ ...TEACHING, name: '' }), 'name');
  assert.equal(stepOf({ ...TEACHING, name: '', isNothing: true }), 'show');
  assert.equal(stepOf(TEACHING), 'show');
  assert.equal(stepOf(taken(2, 0)), 'turn');
  assert.equal(stepOf(taken(3, 0.01)), 'back');
  assert.equal(stepOf(taken(4, 0.3)), 'turn');
  assert.equal(stepOf(taken(5, 0.3)), 'enough');
  assert.equal(stepOf(taken(9, 0.01)), 'back');
});

test('names that differ by case alone are one', () => {
  const mug = { id: 'a', name: 'Mug', isNothing: false, samples: [] };
  const details = {
    id: 'x',
    visibility: 'everyone',
    things: [mug],
    mayChange: true,
    canUndo: false,
  } as const;
  assert.equal(thingNamed({ ...details, things: [mug] }, ' mUG ')?.id, 'a');
  assert.equal(thingNamed({ ...details, things: [mug] }, 'Mugs'), undefined);
  assert.equal(thingNamed(undefined, 'Mug'), undefined);
});

test('a picture shows what its folder is called, or else its file without number', () => {
  assert.equal(thingOfPath('set/Blue mug/IMG_1.jpg'), 'Blue mug');
  assert.equal(thingOfPath('mug (3).jpg'), 'mug');
  assert.equal(thingOfPath('my_cup-12.png'), 'my_cup');
  assert.equal(thingOfPath('7.png'), '7.png');
});

test('a collection is called by what can stand in an address', () => {
  assert.equal(idOf('  Küche & Büro '), 'kuche-buro');
  assert.equal(idOf('我的'), 'my-things');
  assert.ok(idOf('x'.repeat(200)).length <= 41);
});

test('where there is a collection of that name, a number tells the new one apart', () => {
  const there = [{ id: 'my-things' }, { id: 'my-things-2' }, { id: '@mugs' }, { id: 'x'.repeat(40) }];
  assert.equal(freeIdOf('我的', there), 'my-things-3');
  assert.equal(freeIdOf('Mugs', there), 'mugs');
  assert.equal(freeIdOf('Mugs', there, true), 'mugs-2');
  assert.equal(freeIdOf('我的', there, true), 'my-things');
  assert.equal(freeIdOf('x'.repeat(50), there), `${'x'.repeat(38)}-2`);
});
