import assert from 'node:assert/strict';
import test from 'node:test';
import type { Pointer, StoredPointer } from './fleetLibrary.ts';
import { createStandIns } from './standIns.ts';

const id = 'cups';
const of = (version: string) => ({ id, version });
const named = (version: string) => ({ ...of(version), files: [] });

function open(first: Pointer) {
  const pointers = new Map<string, StoredPointer>();
  const point = (pointer: Pointer) => void pointers.set(id, { pointer, revision: 1 });
  point(first);
  return { ...createStandIns(pointers), point };
}

test('a version is known by what was made live, and by itself where that is live', () => {
  const { note, standsFor, knownAs } = open({ live: named('float') });
  assert.equal(knownAs(of('float')), 'float');
  assert.equal(knownAs(of('int8')), 'int8', 'it was never run in place of another');
  note(of('float'), of('int8'));
  assert.equal(knownAs(of('int8')), 'float');
  assert.ok(standsFor(of('int8'), 'float') && standsFor(of('int8'), 'int8'));
  assert.ok(!standsFor(of('float'), 'int8') && !standsFor(of('int8'), undefined));
});

test('on the way back from int8 to the float32 version that a worker runs already, it holds both until the word comes', () => {
  const { note, knownAs, stagedAs, point } = open({ live: named('int8') });
  note(of('int8'), of('float'));
  assert.deepEqual([knownAs(of('float')), stagedAs(of('float'))], ['int8', undefined]);
  point({ live: named('int8'), staged: { ...named('float'), by: 'a gateway' } });
  assert.deepEqual([knownAs(of('float')), stagedAs(of('float'))], ['int8', 'float']);
  point({ live: named('float') });
  assert.deepEqual([knownAs(of('float')), stagedAs(of('float'))], ['float', undefined]);
  // Another version is live, and this one still runs.
  point({ live: named('next') });
  assert.equal(knownAs(of('float')), 'int8');
});
