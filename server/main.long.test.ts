import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { ERRORS } from '../protocol/errors.ts';
import { frameOf } from './testing/media.ts';
import { program } from './testing/program.ts';
import { helloStream } from './testing/streamClient.ts';

/** Within this a server that was asked to stop is gone, also where it waits for a core. It is given less than that to answer what it has. */
const STOP_MS = 60_000;
const DRAIN_MS = 30_000;
const ROOT = process.cwd();

/** The server as a process, in a folder that has pages as if they had been built. */
async function startProcess(t: test.TestContext) {
  const cwd = await mkdtemp(path.join(tmpdir(), 'livelens-process-'));
  t.after(() => rm(cwd, { recursive: true }));
  const pagesDir = path.join(cwd, 'dist', 'next');
  await mkdir(pagesDir, { recursive: true });
  for (const page of ['index.html', '404.html']) {
    await writeFile(path.join(pagesDir, page), '<!doctype html><title>Livelens</title>');
  }
  await symlink(path.join(ROOT, 'node_modules'), path.join(cwd, 'node_modules'), 'junction');
  // Settings from all three places: the flag wins over the environment, and the log level comes from the file alone.
  await writeFile(path.join(cwd, 'livelens.config.yaml'), 'LOG_LEVEL: debug\nHOST: 192.0.2.1\n');
  const child = spawn(process.execPath, [...program('main', 'server/main.ts'), '--port', '0'], {
    cwd,
    env: {
      ...process.env,
      PORT: '1',
      HOST: '127.0.0.1',
      MODELS_DIR: path.join(ROOT, 'models'),
      DRAIN_MS: String(DRAIN_MS),
      LIVELENS_CONFIG_DIR: path.join(cwd, '.config'),
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  t.after(() => child.kill('SIGKILL'));
  const workerPids: number[] = [];
  assert.ok(child.stdout);
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { msg, pid } = JSON.parse(line);
    if (msg === 'worker ready') workerPids.push(pid);
  });
  const [{ url }] = (await once(child, 'message')) as [{ type: 'ready'; url: string }];
  return { child, url, workerPids };
}

/** Keeps all credits in use until it is asked to come back. */
async function streamFrames(url: string, image: Uint8Array) {
  const client = await helloStream(url);
  client.socket.on('message', (data: Buffer) => {
    const { type } = JSON.parse(data.toString('utf8'));
    const isLeaving = client.messages.some((message) => message.type === 'goaway');
    if (!isLeaving && (type === 'labels' || type === 'dropped')) client.sendFrame({ image });
  });
  let sent = 0;
  for (; sent < client.welcome.credits; sent++) client.sendFrame({ image });
  // The server has all of these frames when the next message is answered.
  client.send({ type: 'configure' });
  await client.next('model');
  return { ...client, sent };
}

for (const ask of ['SIGTERM', 'SIGINT', 'message'] as const) {
  test(`G1: a server under load that is asked to stop (${ask}) sends resume and goaway, answers, closes with 1012 and ends with 0`, {
    skip: process.platform === 'win32' && ask !== 'message' && 'Windows has no signals',
  }, async (t) => {
    const { child, url, workerPids } = await startProcess(t);
    const cat = await frameOf('cat.png');
    const streams = await Promise.all(Array.from({ length: 3 }, () => streamFrames(url, cat)));
    const sleeper = await helloStream(url);
    sleeper.socket.pause(); // A phone that sleeps takes no part in the closing.
    await Promise.all(streams.map((stream) => stream.next('labels')));
    assert.ok(workerPids.length > 0);

    const exited = once(child, 'exit', { signal: AbortSignal.timeout(STOP_MS) });
    const askedAtMs = performance.now();
    if (ask === 'message') child.send({ type: 'stop' });
    else child.kill(ask);

    for (const { closed, messages, sent } of streams) {
      assert.equal((await closed).code, ERRORS.restarting.close);
      const types = messages.map(({ type }) => type);
      const goaway = types.indexOf('goaway');
      assert.equal(types[goaway - 1], 'resume');
      const answered = messages.flatMap((message) =>
        message.type === 'labels' || message.type === 'dropped' ? [message.seq] : [],
      );
      assert.equal(new Set(answered).size, answered.length, 'a frame was answered twice');
      for (let seq = 0; seq < sent; seq++) assert.ok(answered.includes(seq), `frame ${seq} was not answered`);
    }
    const afterGoaway = streams.flatMap(({ messages }) =>
      messages.slice(messages.findIndex(({ type }) => type === 'goaway')).map(({ type }) => type),
    );
    assert.ok(afterGoaway.includes('labels'), 'what was in flight was not answered');
    assert.deepEqual(await exited, [0, null]);
    t.diagnostic(`ended after ${Math.round(performance.now() - askedAtMs)} ms`);
    for (const pid of workerPids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    sleeper.socket.terminate();
  });
}
