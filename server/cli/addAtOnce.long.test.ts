import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import path from 'node:path';
import test from 'node:test';
import type { ModelList } from '../../protocol/models.ts';
import { withLock } from '../disk/lock.ts';
import { ended, openCommand } from '../testing/runCommand.ts';
import { ADMIN_TOKEN, AS_ADMIN } from '../testing/testServer.ts';

test('commands that change models at once wait for each other, and each tells the truth', async (t) => {
  const { run, serve, leftovers } = await openCommand(t);
  // A worker for each core, as a person has them: each of them takes up each change.
  const server = await serve({ workers: {} });
  assert.equal((await run('add tiny.onnx --id mine --yes')).code, 0);
  assert.equal((await run('add other.onnx --id mine --yes')).code, 0);
  assert.equal((await run('add tiny.onnx --id goes --yes')).code, 0);

  const ids = ['a', 'b', 'c'];
  const [back, gone, ...added] = await Promise.all([
    run('rollback mine'),
    run('remove goes --yes'),
    ...ids.map((id) => run(`add tiny.onnx --id ${id} --yes`)),
  ]);
  assert.equal(back.code, 0, back.err);
  assert.match(back.err, /mine@[0-9a-f]{12} is live/);
  assert.equal(gone.code, 0, gone.err);
  for (const [at, { code, err }] of added.entries()) {
    assert.equal(code, 0, err);
    assert.match(err, new RegExp(`^${ids[at]}@[0-9a-f]{12} is live`, 'm'));
  }
  assert.match(added.map(({ err }) => err).join(), /Waits: another model is being imported/);
  const list: ModelList = await (await fetch(`${server.url}/v1/models`)).json();
  const live = list.models.filter(({ state, problem }) => state === 'live' && problem === undefined);
  assert.deepEqual(live.map(({ id }) => id).sort(), ['a', 'b', 'c', 'coco-ssd', 'mine']);
  assert.deepEqual(await leftovers(), []);
});

test('several models are added by one command; one that cannot be is named, and the others are added', async (t) => {
  const { run, write, modelsDir } = await openCommand(t);
  await write('broken.onnx', 'no model');
  const { code, err, out } = await run('add tiny.onnx broken.onnx other.onnx --yes --json');
  assert.equal(code, 1);
  assert.match(err, /^livelens: broken\.onnx: /m);
  const outcomes = JSON.parse(out).map((one: { outcome?: string }) => one.outcome ?? 'failed');
  assert.deepEqual(outcomes, ['activated', 'failed', 'activated']);
  assert.deepEqual((await readdir(modelsDir)).sort(), ['.incoming', 'coco-ssd', 'other', 'tiny']);
  const named = await run('add tiny.onnx other.onnx --id one --yes');
  assert.equal(named.code, 2);
  assert.match(named.err, /--id and --name apply to one model/);
});

test('a server elsewhere that has no room for an import is waited for', async (t) => {
  const { start, serve } = await openCommand(t);
  const server = await serve({ adminToken: ADMIN_TOKEN });
  const url = `${server.url}/v1/models/imports?name=a.onnx`;
  // Uploads that never end.
  const uploads = Array.from({ length: 6 }, () => {
    const upload = request(url, { method: 'POST', headers: AS_ADMIN });
    upload.on('error', () => {});
    upload.write('a');
    t.after(async () => void upload.destroy());
    return upload;
  });
  for (let isFull = false; !isFull; ) {
    const response = await fetch(url, { method: 'POST', headers: AS_ADMIN, body: 'no model' });
    isFull = (await response.json()).error?.code === 'server_busy';
  }
  const child = start(['add', 'tiny.onnx', '--yes', '--server', server.url], { ADMIN_TOKEN });
  const result = ended(child);
  child.stderr?.on('data', (text) => {
    if (String(text).includes('Waits: 6 imports wait for an answer')) uploads[0]?.destroy();
  });
  const { code, err } = await result;
  assert.equal(code, 0, err);
  assert.match(err, /Waits: 6 imports.*tiny@[0-9a-f]{12} is live/s);
});

const isWindows = process.platform === 'win32';
test('who interrupts a command that waits leaves nothing behind', { skip: isWindows }, async (t) => {
  const { start, modelsDir, leftovers } = await openCommand(t);
  const locks = path.join(modelsDir, '.incoming/locks');
  await withLock(path.join(locks, '.change.lock'), async () => {
    const child = start(['add', 'tiny.onnx', '--yes']);
    const result = ended(child);
    let said = '';
    child.stderr?.on('data', (text) => {
      said += text;
    });
    while (!said.includes('Waits: another model is being tried')) {
      if (child.stderr) await once(child.stderr, 'data');
    }
    child.kill('SIGINT');
    const { code, err } = await result;
    assert.equal(code, 130, err);
    assert.match(err, /Interrupted; nothing changed/);
    assert.deepEqual(await readdir(locks), ['.change.lock']);
  });
  assert.deepEqual(await leftovers(), []);
  assert.deepEqual((await readdir(modelsDir)).sort(), ['.incoming', 'coco-ssd']);
});
