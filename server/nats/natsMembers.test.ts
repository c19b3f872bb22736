import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { Member, Members } from '../fleet/member.ts';
import { startNats, whyNoNats } from '../testing/natsServer.ts';
import { recordLog } from '../testing/recordedLog.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { connectNats } from './link.ts';
import { openNatsMembers } from './natsMembers.ts';

const skip = whyNoNats() ?? false;
const COMMON = {
  host: 'machine',
  pid: 1,
  product: '1.0.0',
  startedAtMs: 0,
  labelsPerSecond: 0,
  memoryBytes: 1,
  isLeaving: false,
};
const worker = (id: string): Extract<Member, { role: 'worker' }> => ({
  role: 'worker',
  id,
  ...COMMON,
  group: 'default',
  slots: 1,
  serving: [],
  staged: [],
  refused: [],
});
const gateway = (id: string): Member => ({
  role: 'gateway',
  id,
  ...COMMON,
  sessions: 0,
  waiting: 0,
  ageMs: { p50: null, p95: null },
});

async function join(t: TestContext, url: string, log = SILENT_LOG) {
  const link = await connectNats({ urls: [url], name: 'fleet', clientName: 'test' }, SILENT_LOG);
  const members = openNatsMembers(link, log);
  t.after(async () => {
    await members.close();
    await link.close();
  });
  return { connection: link.connection, members };
}

/** Waits until `isSo`, checked at each change. */
function until(members: Members, isSo: (all: readonly Member[]) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (!isSo(members.all)) return;
      stop();
      resolve();
    };
    const stop = members.onChange(check);
    check();
  });
}

const ids = (members: Members) => members.all.map(({ id }) => id).sort();

test('members hear of each other, of changes, and of one that leaves', { skip }, async (t) => {
  const nats = await startNats(t);
  const a = await join(t, nats.url);
  const b = await join(t, nats.url);
  const state = { ...worker('b') };
  a.members.announce(() => gateway('a'));
  b.members.announce(() => state);
  await until(a.members, (all) => all.length === 2);
  await until(b.members, (all) => all.length === 2);
  assert.deepEqual(ids(a.members), ['a', 'b']);

  state.serving = [{ id: 'coco-ssd', version: '1' }];
  const changed = until(a.members, (all) =>
    all.some((one) => one.role === 'worker' && one.serving.length === 1),
  );
  b.members.announceNow();
  await changed;

  const leaving = until(a.members, (all) => all.some(({ isLeaving }) => isLeaving));
  const gone = new Promise<string>((resolve) => a.members.onGone(resolve));
  await b.members.close();
  await leaving;
  assert.equal(await gone, 'b');
  assert.deepEqual(ids(a.members), ['a']);
});

test('one that falls silent is gone, and one that was only cut off is not', { skip }, async (t) => {
  const nats = await startNats(t);
  const a = await join(t, nats.url);
  const b = await join(t, nats.url);
  const c = await join(t, nats.url);
  a.members.announce(() => gateway('a'));
  b.members.announce(() => worker('b'));
  c.members.announce(() => worker('c'));
  await until(a.members, (all) => all.length === 3);

  const gone: string[] = [];
  a.members.onGone((id) => gone.push(id));
  await nats.kill();
  // Without a word: its link breaks while there is no server.
  await c.connection.close();
  await nats.start();
  await until(a.members, (all) => all.length === 2);
  assert.deepEqual(gone, ['c']);
  assert.deepEqual(ids(a.members), ['a', 'b']);
});

test('what strangers send is ignored with one line, and members of another product version are shown', {
  skip,
}, async (t) => {
  const nats = await startNats(t);
  const { log, all } = recordLog();
  const { members, connection } = await join(t, nats.url, log);
  for (const bytes of [
    '{',
    '[]',
    JSON.stringify({ ...worker('other'), slots: -1 }),
    JSON.stringify(worker('other')),
  ]) {
    connection.publish('fleet.member.stranger', bytes);
  }
  const older = { ...worker('older'), product: '0.1.0', somethingElse: { of: 'its time' } };
  connection.publish('fleet.member.older', JSON.stringify(older));
  await until(members, (found) => found.length > 0);
  assert.deepEqual(ids(members), ['older']);
  assert.equal(all('an announcement is not one of a member of this fleet, and is ignored').length, 1);
});
