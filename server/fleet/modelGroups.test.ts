import assert from 'node:assert/strict';
import test from 'node:test';
import type { StoredPointer } from './fleetLibrary.ts';
import type { Member } from './member.ts';
import { createModelGroups } from './modelGroups.ts';

const worker = (id: string, more: Partial<Extract<Member, { role: 'worker' }>> = {}): Member => ({
  role: 'worker',
  id,
  host: 'machine',
  pid: 1,
  product: '1.0.0',
  startedAtMs: 0,
  labelsPerSecond: 0,
  memoryBytes: 0,
  isLeaving: false,
  group: 'default',
  slots: 1,
  serving: [{ id: 'cups', version: '1' }],
  staged: [],
  refused: [],
  ...more,
});

function open() {
  let change = () => {};
  const fleet = { all: [] as Member[], version: '1', live: '1' };
  const groups = createModelGroups({
    members: {
      get all() {
        return fleet.all;
      },
      onChange(listener) {
        change = listener;
        return () => {};
      },
    },
    library: {
      get pointers() {
        const live = { id: 'cups', version: fleet.live, files: [] };
        return new Map<string, StoredPointer>([['cups', { pointer: { live }, revision: 1 }]]);
      },
      onChange: () => () => {},
    },
    serving: () => [{ manifest: { id: 'cups' }, version: fleet.version }] as never,
  });
  return { groups, fleet, join: (...all: Member[]) => Object.assign(fleet, { all }) && change() };
}

test('frames go to the largest group that runs the version that serves; to none where none does', () => {
  const { groups, join } = open();
  assert.equal(groups.groupOf('cups'), undefined);
  join(worker('a'), worker('b', { group: 'gpu', slots: 4 }), worker('c'));
  assert.equal(groups.groupOf('cups'), 'gpu');
  assert.equal(groups.groupOf('mugs'), undefined);
  join(worker('a'), worker('b', { group: 'gpu', slots: 4, isLeaving: true }));
  assert.equal(groups.groupOf('cups'), 'default');
  join(worker('a', { serving: [] }));
  assert.equal(groups.groupOf('cups'), undefined);
});

test('while workers are ahead of this gateway in a rollout, they run its frames', () => {
  const { groups, fleet, join } = open();
  fleet.live = '2';
  join(worker('a', { serving: [{ id: 'cups', version: '2' }] }));
  assert.equal(groups.groupOf('cups'), 'default');
  join(worker('a', { group: 'old' }), worker('b', { serving: [{ id: 'cups', version: '2' }], slots: 9 }));
  assert.equal(groups.groupOf('cups'), 'old');
  fleet.version = '2';
  groups.changed();
  assert.equal(groups.groupOf('cups'), 'default');
});

test('a version that is neither is run by no one', () => {
  const { groups, join } = open();
  join(worker('a', { serving: [{ id: 'cups', version: '0' }] }));
  assert.equal(groups.groupOf('cups'), undefined);
});
