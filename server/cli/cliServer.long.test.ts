import assert from 'node:assert/strict';
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { request as ask } from 'node:http';
import path from 'node:path';
import test from 'node:test';
import { temporaryFolder } from '../models/import/modelsForTests.ts';
import { createModelStore } from '../models/store.ts';
import { httpServer } from '../testing/httpServer.ts';
import { modelsDirectory } from '../testing/modelFixtures.ts';
import { ended, NO_SERVER, openCommand } from '../testing/runCommand.ts';
import { testServer } from '../testing/testServer.ts';

test('a server that runs takes it up, and its verdict is told', async (t) => {
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
  await serve({ models: { maxMemoryBytes: 1, maxSlowdown: 3 } });
  const { code, err } = await run('add tiny.onnx --yes');
  assert.equal(code, 1);
  assert.match(err, /refused tiny@.*MODELS_MEMORY_MB/);
  assert.deepEqual((await readdir(modelsDir)).sort(), ['.incoming', 'coco-ssd']);
});

const isWindows = process.platform === 'win32';
test('who interrupts it while a server tries it is told what is', { skip: isWindows }, async (t) => {
  const { start, modelsDir } = await openCommand(t);
  const there = await testServer(t, { modelsDir: await modelsDirectory(t) });
  const list = await (await fetch(`${there.url}/v1/models`)).text();
  let asked = 0;
  // It looks like a server of this folder that takes its time.
  const slow = await httpServer(t, (_, response) => {
    asked += 1;
    response.end(list, () => asked > 1 && child.kill('SIGINT'));
  });
  const child = start(['add', 'tiny.onnx', '--yes'], { PORT: new URL(slow.url).port });
  const { code, err } = await ended(child);
  assert.equal(code, 130, err);
  assert.match(err, /Interrupted; tiny@[0-9a-f]{12} is in place.*"livelens models remove tiny" undoes it/s);
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
  assert.match(err, /a server that starts there serves it/);
});

test("a server elsewhere is changed by its API, with the operator's token", async (t) => {
  const { run, folder } = await openCommand(t);
  const token = 'a token of sixteen or more';
  const there = await testServer(t, {
    modelsDir: await modelsDirectory(t),
    adminToken: token,
    trustProxy: { kind: 'count', count: 1, line: 'all' },
  });
  // A proxy in front of it, so that nobody is at its loopback interface.
  const proxy = await httpServer(t, (request, response) => {
    const headers = { ...request.headers, 'x-forwarded-for': '203.0.113.9', host: 'lens.example' };
    delete headers['content-length'];
    delete headers['transfer-encoding'];
    const { method = 'GET', url = '' } = request;
    const hasBody = method === 'POST';
    const target = { host: '127.0.0.1', port: there.port, method, path: url, headers };
    const onward = ask(target, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    if (hasBody) request.pipe(onward);
    else onward.end();
  });
  const server = `--server ${proxy.url}`;
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
  assert.match((await run(`rollback far ${server}`, env)).err, /no version before/);

  // A folder is sent as a zip.
  await mkdir(path.join(folder, 'net'));
  await cp(path.join(folder, 'other.onnx'), path.join(folder, 'net/other.onnx'));
  await writeFile(path.join(folder, 'net/labels.txt'), 'a\nb\nc\nd\n');
  const packed = await run(`add net --yes --json ${server}`, env);
  assert.deepEqual(JSON.parse(packed.out).report.firstLabels, ['a', 'b', 'c', 'd'], packed.err);
  assert.equal((await run(`remove far --yes ${server}`, env)).code, 0);
  assert.match((await run(`list ${server.replace(/\d+$/, NO_SERVER)}`)).err, /No server of Livelens answers/);
});
