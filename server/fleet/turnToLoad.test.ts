import assert from 'node:assert/strict';
import test from 'node:test';
import { memberFields } from '../testing/memberFields.ts';
import type { Worker } from './member.ts';
import { mayLoadNow } from './turnToLoad.ts';

const NEW = { id: 'birds', version: '2' };
const worker = (id: string, more: Partial<Worker> = {}): Worker => ({
  role: 'worker',
  ...memberFields(id),
  ...{ group: 'default', slots: 1, serving: [{ id: 'birds', version: '1' }], staged: [], refused: [] },
  ...more,
});
const mayLoad = (all: readonly Worker[]) =>
  all.filter(({ id }) => mayLoadNow(all, id, NEW, 7)).map(({ id }) => id);

test('of workers with one process, half load at a time, and the next when one holds or refuses it', () => {
  assert.deepEqual(mayLoad([worker('a')]), ['a']);
  assert.deepEqual(mayLoad([worker('b'), worker('a')]), ['a']);
  assert.deepEqual(mayLoad([worker('a', { staged: [NEW] }), worker('b')]), ['a', 'b']);
  assert.deepEqual(mayLoad(['a', 'b', 'c', 'd', 'e'].map((id) => worker(id))), ['a', 'b']);
  const refused = (revision: number) => worker('a', { refused: [{ ...NEW, why: 'too large', revision }] });
  assert.deepEqual(mayLoad([refused(7), worker('b')]), ['a', 'b']);
  assert.deepEqual(mayLoad([refused(6), worker('b')]), ['a'], 'an earlier attempt says nothing');
});

test('what serves no frames, is of another group, leaves, or has more processes holds up no one', () => {
  const others = [
    worker('a', { serving: [] }),
    worker('b', { group: 'other' }),
    worker('c', { isLeaving: true }),
    worker('d', { slots: 2 }),
  ];
  assert.ok(mayLoadNow([...others, worker('e')], 'e', NEW, 7));
  assert.ok(mayLoadNow([worker('a'), worker('b', { slots: 2 })], 'b', NEW, 7));
  assert.ok(mayLoadNow([worker('a')], 'not heard of yet', NEW, 7));
});
