import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import test from 'node:test';
import { promisify } from 'node:util';
import { shareDescriptors } from './descriptors.ts';

const WANTED = { maxSessions: 200, maxConnections: 500, maxConnectionsPerAddress: 200 };

test('where there is room, limits are as they were set', () => {
  for (const openFiles of [undefined, 4_096, 1_048_576]) {
    assert.deepEqual(shareDescriptors(openFiles, 8, WANTED), WANTED);
  }
});

test('with 1,024 open files all sessions have room, and HTTP has what is left, in pairs', () => {
  const { warning, ...limits } = shareDescriptors(1_024, 2, WANTED);
  assert.equal(warning, undefined);
  assert.equal(limits.maxSessions, 200);
  assert.ok(limits.maxConnections >= 250 && limits.maxConnections < 400, String(limits.maxConnections));
  assert.ok(limits.maxConnectionsPerAddress <= limits.maxConnections / 2 + 1);
  // A file for each connection, and some for the server itself.
  assert.ok(limits.maxSessions + 2 * limits.maxConnections < 900);
});

test('with too few open files for the sessions that are wanted, the log says what to do', () => {
  const { warning = '', ...limits } = shareDescriptors(1_024, 2, { ...WANTED, maxSessions: 5_000 });
  assert.match(warning, /1024 files.*MAX_SESSIONS=5000.*ulimit -n/);
  assert.ok(limits.maxSessions > 500 && limits.maxSessions < 1_024, String(limits.maxSessions));
  assert.ok(limits.maxConnections >= 32);
});

test('the limit of a process is read from the system', {
  skip: process.platform === 'win32' && 'it has none',
}, async () => {
  const script =
    "import('./server/limits/descriptors.ts').then(async (m) => console.log(await m.maxOpenFiles()))";
  const run = `ulimit -n 321; exec "$0" --import tsx -e "${script}"`;
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', run, process.execPath]);
  assert.equal(stdout.trim(), '321');
});
