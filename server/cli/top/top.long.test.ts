import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { NO_SERVER, openCommand } from '../../testing/runCommand.ts';
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
  const terminal = top.onTerminal({ columns: 44, rows: 14 });
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
