import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import test, { type TestContext } from 'node:test';
import { openInstallation, readInstallation } from './installation.ts';

const skip = process.platform === 'win32' && 'Windows has no modes of files';

/** A folder that is not there yet. */
async function newFolder(t: TestContext): Promise<string> {
  const parent = await mkdtemp(path.join(tmpdir(), 'livelens-config-'));
  t.after(() => rm(parent, { recursive: true, force: true }));
  return path.join(parent, 'a', 'livelens');
}

const modeOf = async (file: string) => (await stat(file)).mode & 0o777;

test('the secret is made once, for this user alone', async (t) => {
  const folder = await newFolder(t);
  assert.equal(await readInstallation(folder), undefined);
  const first = await openInstallation(folder);
  assert.equal(first.secret.byteLength, 32);
  assert.equal(first.note, undefined);
  assert.deepEqual(await readdir(folder), ['secret']);
  assert.deepEqual(await openInstallation(folder), first);
  assert.deepEqual((await readInstallation(folder))?.secret, first.secret);
  if (!skip) {
    assert.equal(await modeOf(folder), 0o700);
    assert.equal(await modeOf(path.join(folder, 'secret')), 0o600);
  }
});

test('servers that start at once have one secret', async (t) => {
  const folder = await newFolder(t);
  const url = JSON.stringify(new URL('./installation.ts', import.meta.url).href);
  const script = `process.stdin.once('data', async () => {
    const { openInstallation } = await import(${url});
    process.stdout.write((await openInstallation(${JSON.stringify(folder)})).secret.toString('hex'));
    process.exit();
  }); process.stderr.write('ready');`;
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]),
  );
  await Promise.all(children.map(({ stderr }) => once(stderr, 'data')));
  const said = children.map(({ stdout }) => text(stdout));
  for (const { stdin } of children) stdin.end('go');
  const others = await Promise.all(Array.from({ length: 8 }, () => openInstallation(folder)));
  const secrets = new Set([
    ...(await Promise.all(said)),
    ...others.map(({ secret }) => secret.toString('hex')),
  ]);
  assert.equal(secrets.size, 1);
  assert.match([...secrets].join(), /^[0-9a-f]{64}$/);
  assert.deepEqual(await readdir(folder), ['secret']);
});

test('a secret that others could read is replaced, and that is said', { skip }, async (t) => {
  const folder = await newFolder(t);
  const before = await openInstallation(folder);
  await chmod(path.join(folder, 'secret'), 0o644);
  await assert.rejects(readInstallation(folder), /can be read by others.*makes a new secret/);
  const after = await openInstallation(folder);
  assert.notDeepEqual(after.secret, before.secret);
  assert.match(after.note ?? '', /could be read by others.*has been replaced/);
  assert.equal(await modeOf(path.join(folder, 'secret')), 0o600);
});

test('a damaged secret is replaced', async (t) => {
  const folder = await newFolder(t);
  await openInstallation(folder);
  await writeFile(path.join(folder, 'secret'), 'half of i');
  assert.equal(await readInstallation(folder), undefined);
  const { folder: kept, secret, note } = await openInstallation(folder);
  assert.equal(kept, folder);
  assert.match(note ?? '', /damaged/);
  assert.equal(await readFile(path.join(folder, 'secret'), 'utf8'), secret.toString('base64url'));
});

test('where the folder cannot be used the secret is in memory, with why', async (t) => {
  const folder = await newFolder(t);
  await mkdir(path.dirname(folder), { recursive: true });
  await writeFile(folder, 'a file in its place');
  const [one, two] = [await openInstallation(folder), await openInstallation(folder)];
  assert.equal(one.folder, undefined);
  assert.match(one.note ?? '', /livelens cannot be used: /);
  assert.notDeepEqual(one.secret, two.secret);
});

test('a folder in which others may write is not used', { skip }, async (t) => {
  const folder = await newFolder(t);
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o777);
  const { folder: kept, note } = await openInstallation(folder);
  assert.equal(kept, undefined);
  assert.match(note ?? '', /others may write there.*chmod 700/);
  assert.deepEqual(await readdir(folder), []);
});
