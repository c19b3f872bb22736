import assert from 'node:assert/strict';
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { temporaryFolder } from '../import/testing/modelsForTests.ts';
import { createModelStore } from '../library/store.ts';
import { forwardTcp } from '../testing/forwardTcp.ts';
import { httpServer } from '../testing/httpServer.ts';
import { modelsDirectory } from '../testing/modelFixtures.ts';
import { ended, NO_SERVER, openCommand } from '../testing/runCommand.ts';
import { ONE_WORKER, type TestServerOptions, testServer } from '../testing/testServer.ts';

test('a running server takes over the change, and its verdict is reported', async (t) => {
  const { run, serve } = await openCommand(t);
  const server = await serve();
  const added = await run('add tiny.onnx --labels labels.txt --yes');
  assert.equal(added.code, 0, added.err);
  assert.match(added.err, /tiny@[0-9a-f]{12} is live/);
  const ready = await (await fetch(`${server.url}/readyz`)).json();
  assert.match(ready.models.join(), /tiny@/);
  assert.match((await run('add other.onnx --id tiny --yes')).err, /is live/);
  assert.match((await run('rollback tiny')).err, /is live/);
});

test('what the server refuses is put back', async (t) => {
  const { run, serve, modelsDir } = await openCommand(t);
  await serve({ models: { maxMemoryBytes: 1, maxSlowdown: 1_000 } });
  const { code, err } = await run('add tiny.onnx --yes');
  assert.equal(code, 1);
  assert.match(err, /refused tiny@.*MODELS_MEMORY_MB/);
  assert.deepEqual((await readdir(modelsDir)).sort(), ['.incoming', 'coco-ssd']);
});

const isWindows = process.platform === 'win32';
test('an interruption during a trial reports the state of the models', { skip: isWindows }, async (t) => {
  const { start, modelsDir } = await openCommand(t);
  const there = await testServer(t, { modelsDir: await modelsDirectory(t), ...ONE_WORKER });
  const list = await (await fetch(`${there.url}/v1/models`)).text();
  let asked = 0;
  // It answers as a slow server of this folder would.
  const slow = await httpServer(t, (_, response) => {
    asked += 1;
    response.end(list, () => asked > 1 && child.kill('SIGINT'));
  });
  const child = start(['add', 'tiny.onnx', '--yes'], { PORT: new URL(slow.url).port });
  const { code, err } = await ended(child);
  assert.equal(code, 130, err);
  assert.match(err, /Interrupted; tiny@[0-9a-f]{12} is in place.*"npm run models -- remove tiny" undoes it/s);
  const store = createModelStore(modelsDir);
  assert.equal((await store.history('tiny'))[0]?.onTrial, true);
});

test('a server of another folder is not waited for', async (t) => {
  const { run, serve, modelsDir } = await openCommand(t);
  await serve();
  const elsewhere = await temporaryFolder(t);
  await cp(modelsDir, elsewhere, { recursive: true });
  await cp(path.join(elsewhere, 'coco-ssd'), path.join(elsewhere, 'more'), { recursive: true });
  const { code, err } = await run('add tiny.onnx --yes', { MODELS_DIR: elsewhere });
  assert.equal(code, 0);
  assert.match(err, /A server that starts there will serve it/);
});

/** A server behind a TCP forwarder: by its address it is not on record here. */
async function serverElsewhere(t: TestContext, options: TestServerOptions) {
  const there = await testServer(t, { modelsDir: await modelsDirectory(t), ...ONE_WORKER, ...options });
  return { url: `http://localhost:${await forwardTcp(t, there.port)}` };
}

test("a server elsewhere is changed by its API, with the operator's token", async (t) => {
  const { run, folder, serve } = await openCommand(t);
  const token = 'a token of sixteen or more';
  const elsewhere = await serverElsewhere(t, { adminToken: token });
  // One of this machine gives no right there.
  await serve();
  const server = `--server ${elsewhere.url}`;
  const forbidden = await run(`add tiny.onnx --yes ${server}`);
  assert.equal(forbidden.code, 1);
  assert.match(forbidden.err, /ADMIN_TOKEN/);

  const env = { ADMIN_TOKEN: token };
  const added = await run(`add tiny.onnx --id far --mean 1,2,3 --yes ${server}`, env);
  assert.equal(added.code, 0, added.err);
  assert.match(added.out, /mean +1, 2, 3 +given/);
  assert.match(added.err, /far@[0-9a-f]{12} is live at/);
  assert.match((await run(`list ${server}`, env)).out, /^far .* live /m);
  assert.match((await run(`verify far ${server}`, env)).out, /agrees/);
  assert.match((await run(`rollback far ${server}`, env)).err, /no previous version/);

  // A folder is sent as a zip.
  await mkdir(path.join(folder, 'net'));
  await cp(path.join(folder, 'other.onnx'), path.join(folder, 'net/other.onnx'));
  await writeFile(path.join(folder, 'net/labels.txt'), 'a\nb\nc\nd\n');
  const packed = await run(`add net --yes --json ${server}`, env);
  assert.deepEqual(JSON.parse(packed.out).report.firstLabels, ['a', 'b', 'c', 'd'], packed.err);
  assert.equal((await run(`remove far --yes ${server}`, env)).code, 0);
  assert.match((await run(`list ${server.replace(/\d+$/, NO_SERVER)}`)).err, /No server of Livelens answers/);
});

test('a server of this user on this machine is changed by its API without a token', async (t) => {
  const { run, serve } = await openCommand(t);
  const { port } = await serve({ token: 'for everyone' });
  const server = `--server http://localhost:${port}`;
  const added = await run(`add tiny.onnx --yes ${server}`, { PORT: NO_SERVER });
  assert.equal(added.code, 0, added.err);
  assert.match(added.err, /tiny@[0-9a-f]{12} is live at/);
  assert.equal((await run(`remove tiny --yes ${server}`)).code, 0);
  // Another user, or another installation.
  const stranger = await run(`remove coco-ssd --yes ${server}`, {
    LIVELENS_CONFIG_DIR: await temporaryFolder(t),
    TOKEN: 'for everyone',
  });
  assert.equal(stranger.code, 1);
  assert.match(stranger.err, /takes proof.*npm run models -- link.*ADMIN_TOKEN/s);
});

test('a link is printed for the server that runs, and gives the right once', async (t) => {
  const { run, serve } = await openCommand(t);
  const { url } = await serve({ token: 'for everyone', basePath: '/lens' });
  const printed = await run('link', { PORT: NO_SERVER });
  assert.equal(printed.code, 0, printed.err);
  const link = new URL(printed.out.trim());
  // A browser keeps its part of the right for the address of the page.
  assert.equal(link.origin + link.pathname, `${url}/`);
  const fragment = new URLSearchParams(link.hash.slice(1));
  assert.equal(fragment.get('token'), 'for everyone');
  const redeem = () =>
    fetch(`${url}/v1/access`, { method: 'POST', body: JSON.stringify({ code: fragment.get('admin') }) });
  assert.equal((await redeem()).status, 200);
  assert.equal((await redeem()).status, 403);
  assert.match(JSON.parse((await run('link --json')).out).url, /#token=for\+everyone&admin=/);
});

test('without a server of this user there is no link, and with several one is to be named', async (t) => {
  const { run, serve, configDir } = await openCommand(t);
  const none = await run('link');
  assert.equal(none.code, 1);
  assert.match(none.err, /No server of yours runs on this machine/);
  const first = await serve();
  const second = await testServer(t, { configDir, ...ONE_WORKER });
  const two = await run('link', { PORT: NO_SERVER });
  assert.equal(two.code, 1);
  for (const { port } of [first, second]) assert.ok(two.err.includes(`:${port}`), two.err);
  for (const { port } of [first, second]) {
    assert.ok((await run('link', { PORT: String(port) })).out.includes(`:${port}/#admin=`));
  }
});

test('a strange process on the port is shown no proof', async (t) => {
  const { run, serve } = await openCommand(t);
  // The secret is there, and so is a server on record, elsewhere.
  await serve();
  const shown: (string | undefined)[] = [];
  const strange = await httpServer(t, ({ headers }, response) => {
    shown.push(headers.authorization);
    response.writeHead(404).end();
  });
  const { port } = new URL(strange.url);
  await run('add tiny.onnx --yes', { PORT: port });
  await run(`list --server http://localhost:${port}`);
  assert.deepEqual([...new Set(shown)], [undefined]);
});
