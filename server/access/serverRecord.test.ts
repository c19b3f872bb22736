import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { readServerRecords, recordAt, writeServerRecord } from './serverRecord.ts';

async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'livelens-config-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

test('a server is on record while it runs; what a dead one left is removed', async (t) => {
  const folder = await newFolder(t);
  assert.deepEqual(await readServerRecords(folder), []);
  const mine = {
    instance: randomUUID(),
    url: 'http://127.0.0.1:3000',
    pageUrl: 'http://localhost:3000/lens',
  };
  const remove = await writeServerRecord(folder, mine);
  const [record] = await readServerRecords(folder);
  assert.deepEqual(record, { ...mine, pid: process.pid, host: record?.host });
  const records = path.join(folder, 'servers');
  const put = (name: string, change: object) =>
    writeFile(path.join(records, `${name}.json`), JSON.stringify({ ...record, ...change }), { mode: 0o600 });
  await put('dead', { pid: await deadPid() });
  await put('elsewhere', { host: 'another' });
  await writeFile(path.join(records, 'broken.json'), '{', { mode: 0o600 });
  assert.deepEqual(await readServerRecords(folder), [record]);
  const left = ['broken.json', 'elsewhere.json', `${mine.instance}.json`];
  assert.deepEqual((await readdir(records)).sort(), left.sort());
  if (process.platform !== 'win32') {
    const file = path.join(records, `${mine.instance}.json`);
    await chmod(file, 0o666);
    assert.deepEqual(await readServerRecords(folder), [], 'others could have written it');
    await chmod(file, 0o600);
    assert.match(await readFile(file, 'utf8'), /127\.0\.0\.1/);
  }
  await remove();
  assert.deepEqual(await readServerRecords(folder), []);
});

test('a server takes the record of one before it at its address, though that process id is alive again', async (t) => {
  const folder = await newFolder(t);
  const url = 'http://127.0.0.1:3000';
  const pageUrl = 'http://localhost:3000';
  // As in a container that was killed and started again: the same process id, and the record is still there.
  await writeServerRecord(folder, { instance: randomUUID(), url, pageUrl });
  const elsewhere = { instance: randomUUID(), url: 'http://127.0.0.1:3001', pageUrl };
  await writeServerRecord(folder, elsewhere);
  const mine = { instance: randomUUID(), url, pageUrl };
  await writeServerRecord(folder, mine);
  const found = (await readServerRecords(folder)).map(({ instance }) => instance);
  assert.deepEqual(found.sort(), [elsewhere.instance, mine.instance].sort());
});

test('a server is known by all names of this machine, at its own port, without TLS', () => {
  const record = { instance: '', pid: 1, host: '', url: 'http://192.168.1.5:3000', pageUrl: 'http://lens' };
  const found = (address: string) => recordAt([record], address) === record;
  for (const host of ['localhost', '127.0.0.1', '127.8.8.8', '[::1]', '192.168.1.5']) {
    assert.ok(found(`http://${host}:3000/`), host);
    assert.ok(!found(`http://${host}:3001`), host);
  }
  for (const address of [
    'https://localhost:3000',
    'http://lens.example:3000',
    'http://192.168.1.6:3000',
    'http://localhost.evil.example:3000',
    'http://localhost',
  ]) {
    assert.ok(!found(address), address);
  }
});
