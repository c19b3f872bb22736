import assert from 'node:assert/strict';
import test from 'node:test';
import { INITIAL_PWA, type PwaEvent, type PwaState, pwaReducer } from './pwaState.ts';

const after = (...events: PwaEvent[]): PwaState => events.reduce(pwaReducer, INITIAL_PWA);
const workers = (...names: ('installing' | 'waiting' | 'active')[]): PwaEvent => ({
  type: 'workers',
  isPutOff: false,
  there: {
    installing: names.includes('installing'),
    waiting: names.includes('waiting'),
    active: names.includes('active'),
  },
});

test('the first worker is no update, and makes the page ready when it is active', () => {
  assert.deepEqual(after(workers('installing')).offline, { kind: 'registering' });
  const waits = after(workers('installing'), workers('waiting'));
  assert.deepEqual([waits.offline.kind, waits.update], ['registering', 'none']);
  const is = after(workers('waiting'), workers('active'));
  assert.deepEqual([is.offline.kind, is.update], ['ready', 'none']);
});

test('a worker next to an active one is an update once it waits, unless it was put off', () => {
  assert.equal(after(workers('active', 'installing')).update, 'none');
  assert.equal(after(workers('active', 'waiting')).update, 'waiting');
  assert.equal(after({ ...workers('active', 'waiting'), isPutOff: true } as PwaEvent).update, 'none');
});

test('a first worker that could not be installed is reported; an update that could not changes nothing', () => {
  assert.equal(after(workers('installing'), workers()).offline.kind, 'failed');
  assert.deepEqual(after(workers('active', 'installing'), workers('active')), after(workers('active')));
});

test('a version that another tab accepted is shown until this page is reloaded', () => {
  assert.equal(after({ type: 'takenOver' }, workers('active')).update, 'elsewhere');
  assert.equal(after({ type: 'reloading' }, { type: 'takenOver' }, workers('active')).update, 'reloading');
});
