import assert from 'node:assert/strict';
import test from 'node:test';
import type { Member } from '../../fleet/member.ts';
import { FleetWatch } from './fleetWatch.ts';
import { memberOf, membersForTests } from './membersForTests.ts';

test('a member that is gone is remembered for a minute, with whether it said so, and forgotten when it is back', () => {
  const members = membersForTests();
  const watch = new FleetWatch(members);
  const [a, b] = [memberOf('a'), memberOf('b')] as [Member, Member];
  members.set([a, b]);
  members.set([{ ...a, isLeaving: true }, b]);
  members.set([b], a.id);
  const names = () => watch.read().departed.map(({ member, didSay }) => [member.host, didSay]);
  assert.deepEqual(names(), [['a', true]]);
  members.set([], b.id);
  assert.deepEqual(names(), [
    ['b', false],
    ['a', true],
  ]);
  members.set([b]);
  assert.deepEqual(names(), [['a', true]]);
  assert.deepEqual(watch.read(Date.now() + 61_000).departed, []);
  watch.close();
  assert.equal(members.listeners(), 0);
});
