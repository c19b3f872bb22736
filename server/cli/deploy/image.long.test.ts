import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { promisify } from 'node:util';
import build from '../../../e2e/harness/build.ts';
import { frameOf, photo } from '../../testing/media.ts';
import { helloStream } from '../../testing/streamClient.ts';
import { type Directive, parseFile } from './parse.ts';

/** What deploy/docker/Dockerfile does after "npm ci", without Docker: builds, copies, and starts what is in its last stage. */

const run = promisify(execFile);
const ROOT = process.cwd();
/** A Docker that was asked to stop kills after this, ms. */
const STOP_MS = 10_000;

async function lastStage(): Promise<Directive[]> {
  const [document] = parseFile('dockerfile', await readFile('deploy/docker/Dockerfile', 'utf8'));
  const { directives } = document as { directives: Directive[] };
  return directives.slice(directives.findLastIndex(({ name }) => name === 'FROM') + 1);
}

const filesOf = async (dir: string) =>
  (await readdir(dir, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)))
    .sort();

test('the image holds what the server needs to serve, and nothing that it could miss', {
  skip: process.platform === 'win32' && 'the image is of Linux, and Windows has no signals',
}, async (t) => {
  await build();
  const folder = await mkdtemp(path.join(tmpdir(), 'livelens-image-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [image, app] = [path.join(folder, 'image'), path.join(folder, 'app')];
  const { stdout } = await run(process.execPath, ['--import', 'tsx', 'scripts/imageFiles.ts', image], {
    cwd: ROOT,
    env: { ...process.env, INIT_CWD: ROOT },
  });
  t.diagnostic(stdout.trim().split('\n').at(-1) ?? '');

  const directives = await lastStage();
  for (const { name, value } of directives) {
    if (name !== 'COPY') continue;
    const words = value.split(' ').filter((word) => !word.startsWith('--'));
    const target = path.join(app, words.at(-1) ?? '');
    for (const source of words.slice(0, -1)) {
      const from = path.join(image, path.posix.relative('/image', source));
      // As COPY does: the content of a folder, and a file into a folder.
      const isFile = words.at(-1) === './';
      await cp(from, isFile ? path.join(target, path.basename(from)) : target, { recursive: true });
    }
  }
  const there = await filesOf(app);
  assert.deepEqual(there, await filesOf(image), 'COPY takes all that image:files made');
  const spare =
    /^(dist.server|node_modules).*\.map$|\.d\.ts$|^node_modules.*(win32|darwin|.test\.)|^node_modules.next.|playwright/;
  assert.deepEqual(
    there.filter((file) => spare.test(file)),
    [],
  );

  const words = (name: string): string[] =>
    JSON.parse(directives.find((one) => one.name === name)?.value ?? '');
  const [node, ...args] = [...words('ENTRYPOINT'), ...words('CMD')];
  assert.equal(node, 'node');
  const env = {
    PATH: process.env.PATH ?? '',
    NODE_ENV: 'production' as const,
    LIVELENS_CONFIG_DIR: path.join(folder, 'config'),
  };
  const child = spawn(process.execPath, args, {
    cwd: app,
    env: { ...env, PORT: '0', HOST: '127.0.0.1', WORKERS: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let url = '';
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, url: listening } = JSON.parse(line);
    if (msg === 'listening') url = listening;
    if (msg === 'ready') break;
  }
  assert.ok(url !== '', 'the server ended before it was ready: what it said stands above');
  child.stdout.resume();

  // As HEALTHCHECK asks, in an environment of its own.
  const [, check = ''] =
    /CMD (\[.*\])$/.exec(directives.find((one) => one.name === 'HEALTHCHECK')?.value ?? '') ?? [];
  const [, ...checkArgs] = JSON.parse(check);
  await run(process.execPath, checkArgs, { env: { ...env, PORT: new URL(url).port } });
  await assert.rejects(run(process.execPath, checkArgs, { env: { ...env, PORT: '9' } }));

  assert.match(await (await fetch(url)).text(), /<title>/);
  // Two builds of onnxruntime-web, two of LiteRT.js.
  const runtime = there.filter((file) => /runtime.+\.wasm$/.test(file));
  assert.equal(runtime.length, 4);
  for (const file of runtime) {
    const at = path.relative('dist/next', file).replaceAll(path.sep, '/');
    assert.equal((await fetch(`${url}/${at}`, { method: 'HEAD' })).status, 200, at);
  }

  // Each is loaded when it is asked for first, with packages of its own.
  assert.match(await (await fetch(`${url}/metrics`)).text(), /livelens_/);
  const { openapi } = (await (await fetch(`${url}/openapi.json`)).json()) as { openapi: string };
  assert.equal(openapi, '3.1.1');
  const tools = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }),
  });
  assert.match(await tools.text(), /what_do_you_see/);

  const predict = async (model: string) => {
    const response = await fetch(`${url}/v1/predict?model=${model}`, {
      method: 'POST',
      body: await photo('cat.png'),
    });
    assert.equal(response.status, 200, `${model}: ${await response.clone().text()}`);
    return (await response.json()) as { labels: { label: string }[] };
  };
  assert.equal((await predict('coco-ssd')).labels[0]?.label, 'cat');
  await predict('text');
  await predict('things');
  // Another process, with the reader of codes.
  await predict('codes');
  const client = await helloStream(url);
  client.sendFrame({ image: await frameOf('cat.png') });
  assert.ok((await client.next('labels')).labels.length > 0);

  const cli = await run(process.execPath, ['bin/livelens.js', 'models', 'list'], {
    cwd: app,
    env: { ...env, PORT: '9' },
  });
  assert.match(cli.stdout, /coco-ssd[\s\S]*text[\s\S]*things/);

  const startedAt = performance.now();
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
  assert.ok(performance.now() - startedAt < STOP_MS);
});
