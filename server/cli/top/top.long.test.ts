import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import type { Member } from '../../fleet/member.ts';
import { connectNats } from '../../nats/link.ts';
import { openNatsMembers } from '../../nats/natsMembers.ts';
import { startNats, whyNoNats } from '../../testing/natsServer.ts';
import { NO_SERVER, openCommand } from '../../testing/runCommand.ts';
import { SILENT_LOG } from '../../testing/silentLog.ts';
import { gatewayOf, memberOf } from './membersForTests.ts';
import { openTop } from './topForTests.ts';

/** util-linux's: runs a command as on a terminal. */
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux');
const skip = hasScript ? false : 'there is no "script" of util-linux here, which makes a terminal';

test('in a pipe, the state of a server is printed once, as a table or as JSON', async (t) => {
  const { serve, start } = await openCommand(t);
  const top = openTop(t, start);
  const server = await serve();
  const { code, out, err } = await top.run([]);
  assert.equal(code, 0, err);
  assert.match(out, new RegExp(`^livelens top · ${server.url} · 0 sessions of 200 · 0 labels/s`));
  assert.match(out, /^coco-ssd +[0-9a-f]{8} +live$/m);
  assert.match(out, /^serving +\d+ MB$/m);
  assert.ok(!out.includes('\x1b') && !out.includes('q: quit'));
  const json = await top.run(['--json', '--server', server.url]);
  assert.equal(JSON.parse(json.out).workers.length, 1, json.err);

  const nowhere = await top.run(['--server', `http://127.0.0.1:${NO_SERVER}`]);
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.err, new RegExp(`127.0.0.1:${NO_SERVER}`));
  assert.equal((await top.run(['--sort', 'size'])).code, 2);
  assert.match((await top.run(['--help'])).out, /Keys: s sorts/);
});

test('on a terminal it is drawn in place, follows keys, and gives the terminal back', { skip }, async (t) => {
  const { serve, start } = await openCommand(t);
  await serve();
  const top = openTop(t, start);
  const terminal = top.onTerminal({ columns: 44, rows: 20 });
  await terminal.until(/q: quit/);
  const drawn = terminal.text();
  assert.ok(drawn.includes('ESC[?1049h') && drawn.includes('ESC[?25l'));
  assert.match(drawn, /ESC\[32mNothing is wrong\./);
  // Nothing is cleared before it is drawn.
  assert.doesNotMatch(drawn, /ESC\[2J/);
  terminal.type('q');
  assert.equal(await terminal.code, 0);
  assert.match(terminal.text(), /ESC\[\?25hESC\[\?1049l\s*$/);

  const plain = top.onTerminal({ columns: 80, rows: 24 }, { NO_COLOR: '1' });
  await plain.until(/q: quit/);
  assert.doesNotMatch(plain.text(), /ESC\[3\dm/);
  // As the terminal sends Ctrl-C where it is read key by key.
  plain.type('\x03');
  assert.equal(await plain.code, 0);
  assert.match(plain.text(), /ESC\[\?1049l\s*$/);

  const ended = top.onTerminal({ columns: 80, rows: 24 });
  await ended.until(/q: quit/);
  ended.signal('SIGTERM');
  assert.equal(await ended.code, 130);
  assert.match(ended.text(), /ESC\[\?1049l\s*$/);
});

const withoutNats = whyNoNats() ?? skip;
test('a fleet is shown from real announcements: who came, fell silent, and that NATS is gone and back', {
  skip: withoutNats,
}, async (t) => {
  const { start } = await openCommand(t);
  const top = openTop(t, start);
  const nats = await startNats(t);
  const link = await connectNats({ urls: [nats.url], name: 'livelens', clientName: 'test' }, SILENT_LOG);
  const announce = (member: Member) => {
    const members = openNatsMembers(link, SILENT_LOG);
    members.announce(() => member);
    return members;
  };
  const worker = memberOf('lap-1');
  const gateway = gatewayOf('door-1');
  const [first, , second] = [announce(worker), announce(gateway), announce(memberOf('lap-2'))];

  const { code, out, err } = await top.run(['--queue', nats.url]);
  assert.equal(code, 0, err);
  assert.match(
    out,
    /^livelens top · nats:\S+ · 1 gateway · 2 workers \(2 slots\) · 5 sessions · 3 labels\/s$/m,
  );
  assert.match(out, /^lap-1\/7 +default +1 /m);
  const json = await top.run(['--json'], { QUEUE: nats.url });
  assert.deepEqual(
    JSON.parse(json.out).workers.map(({ host }: Member) => host),
    ['lap-1', 'lap-2'],
  );

  const terminal = top.onTerminal({ columns: 100, rows: 30 }, { NO_COLOR: '1' }, `--queue ${nats.url}`);
  await terminal.until(/Nothing is wrong.*lap-2\/7/s, { isOnScreen: true });
  assert.doesNotMatch(terminal.text(), /No gateway and no worker/);
  // One leaves and says so, the others fall silent.
  await second.close();
  await terminal.until(/1 worker \(1 slot\)/);
  assert.doesNotMatch(terminal.text(), /fell silent/);
  await link.connection.close();
  await terminal.until(/Worker lap-1\/7 fell silent \d s ago: it was killed/);
  await terminal.until(/No gateway and no worker announces itself here/);
  await nats.kill();
  await terminal.until(/No connection to the queue for \d/);
  await nats.start();
  await terminal.until(/sessions · \d+ labels\/s\S*\s+No gateway and no worker/, { isOnScreen: true });
  terminal.type('q');
  assert.equal(await terminal.code, 0);
  await first.close();
});

test('where the queue cannot be reached, it is said in words', { skip: whyNoNats() }, async (t) => {
  const { start } = await openCommand(t);
  const top = openTop(t, start);
  const nats = await startNats(t, ['--auth', 'word']);
  const refused = await top.run(['--queue', nats.url]);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /refused this process/);
  const there = await top.run(['--queue', nats.url], { QUEUE_TOKEN: 'word' });
  assert.match(there.out, /No gateway and no worker announces itself here\. Start them/);
  await nats.kill();
  const gone = await top.run(['--queue', nats.url]);
  assert.equal(gone.code, 1);
  assert.match(gone.err, /NATS cannot be reached at nats:\/\/127\.0\.0\.1:\d+: /);
});
