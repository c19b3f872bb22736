import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import { createStream, type FrameLabels } from '../../../client/index.ts';
import { freePort } from '../../../e2e/harness/freePort.ts';
import { whyNoProxy } from '../../../e2e/harness/proxies.ts';
import { type Label, STREAM_PATH } from '../../../protocol/messages.ts';
import { readConfig } from '../../config/config.ts';
import { resolveSettings } from '../../config/settings.ts';
import { SAGEMAKER_STREAM_PATH } from '../../http/contracts/contracts.ts';
import { frameOf, photo } from '../media.ts';
import { modelsDirectory } from '../modelFixtures.ts';
import { type ServerProcess, startServerProcess } from '../serverProcess.ts';
import { openStream as openRawStream } from '../streamClient.ts';
import { type OpenFront, openFront, SCALE, scaleOfAge } from './front.ts';
import { argumentsOf } from './startCommand.ts';
import { type Predict, TARGETS, type Target } from './targets.ts';

const HEARTBEAT_MS = 20_000 / SCALE.idle;
const RESUME_SECRET = 'the same on each machine of a test';
/** Idle for this share of the limit, with nothing but pings. */
const IDLE_SHARE = 1.5;

const whySkipped = ({ front }: Target): string | false =>
  (process.platform === 'win32' ? 'Windows has no signals' : undefined) ??
  (front.kind === 'nginx' || front.kind === 'caddy' ? whyNoProxy(front.kind, process.env) : undefined) ??
  false;

describe('a server on each platform serves, stays within its limits, and stops in time', {
  concurrency: 4,
}, () => {
  const closers: (() => void | Promise<void>)[] = [];
  const suite = { after: (close: () => void | Promise<void>) => void closers.push(close) };
  let modelsDir = '';
  /** Where sessions go on. */
  let elsewhere = 0;
  let cat: Uint8Array;

  before(async () => {
    cat = await frameOf('cat.png');
    modelsDir = await modelsDirectory({ after: (close) => void closers.push(close) });
    elsewhere = await freePort();
    await startServerProcess(suite, {
      env: { ...commonEnv(modelsDir), PLATFORM: '0', CONTRACTS: 'all', PORT: String(elsewhere) },
    });
  });
  after(async () => {
    for (const close of closers.reverse()) await close();
  });

  for (const target of TARGETS) {
    test(target.name, { skip: whySkipped(target) }, async (t) => {
      const port = await freePort();
      const models = await modelsOf(t, target, modelsDir);
      const startedAtMs = performance.now();
      let probed: Promise<number> | undefined;
      const server = await startServerProcess(t, {
        args: argumentsFor(target),
        env: {
          ...commonEnv(modelsDir),
          ...models,
          ...environmentOf(target, models),
          [target.portVariable ?? 'PORT']: String(port),
        },
        onLog: ({ msg }) => {
          if (msg === 'listening') probed = probeHealth(port, target);
        },
      });
      let toPort = port;
      const front = await openFront(t, target.front, () => toPort);
      assertRecognised(server, target);
      await assertProbed(target, probed, startedAtMs);
      if (target.predict.loads) await assertLoads(front, target, models);
      await assertHealthy(front, target, port);
      await assertPredicts(front, target);
      await assertTakesTheLargest(front, target);

      if (target.stream === 'none') await stopsWithAnAnswer(t, server, target, port);
      else await streams(t, { server, target, front, port, moveOn: () => (toPort = elsewhere) });
      assert.deepEqual(front.cuts, { idle: 0, age: 0, slow: 0 });
    });
  }

  /** Frames over the socket, its limits, and a stop while the session goes on elsewhere. */
  async function streams(
    t: TestContext,
    { server, target, front, port, moveOn }: Running & { moveOn(): void },
  ): Promise<void> {
    const lens = openLens(t, front, cat, target);
    assert.equal((await lens.labels()).label, 'cat');
    if (tellsAddress(target)) await assertCountsByAddress(front);
    await assertStaysOpen(target, lens, front);
    await assertReconnectsInTime(target, lens, front);

    moveOn();
    const sleeper = await openRawStream(`http://127.0.0.1:${port}`);
    sleeper.send({ type: 'hello' });
    await sleeper.next('welcome');
    sleeper.socket.pause(); // A phone that sleeps takes no part in the closing.
    const session = lens.stream.session;
    // What was in sight before the pause may count as gone.
    const { id } = await lens.labels();
    lens.keepSending();
    await stopsInTime(t, server, target);
    await lens.reopened();
    const { state } = lens.stream;
    assert.ok(state.kind === 'open' && state.welcome.resumed, 'the session goes on elsewhere');
    assert.equal(lens.stream.session, session);
    assert.equal((await lens.labels()).id, id, 'things keep their ids');
    sleeper.socket.terminate();
  }
});

interface Running {
  server: ServerProcess;
  target: Target;
  front: OpenFront;
  port: number;
}

const argumentsFor = ({ args, startedBy = 'image' }: Target) => args ?? argumentsOf(startedBy);

/** The variables with which the platform names its models. */
async function modelsOf(
  t: TestContext,
  { models, predict }: Target,
  modelsDir: string,
): Promise<Record<string, string>> {
  if (models === undefined) return {};
  const base = await mkdtemp(path.join(tmpdir(), 'livelens-platform-'));
  t.after(() => rm(base, { recursive: true, force: true }));
  const folder = path.join(base, models.below);
  await cp(modelsDir, folder, { recursive: true });
  return {
    [models.variable]: base,
    // Those of the image, to which the platform's own are added; else there is no other folder.
    MODELS_DIR: predict.loads ? await modelsDirectory(t) : '',
  };
}

const commonEnv = (modelsDir: string) => ({
  MODELS_DIR: modelsDir,
  WORKERS: '1',
  RESUME_SECRET,
  HEARTBEAT_MS: String(HEARTBEAT_MS),
  MAX_SESSIONS_PER_ADDRESS: '1000',
});

/** The environment of the platform, with the times that the server derives from it scaled as the platform's own are. */
function environmentOf(target: Target, models: Record<string, string>): Record<string, string> {
  const { front, port } = target;
  const env = { ...target.env, ...models };
  const settings = resolveSettings({ env, args: argumentsFor(target) });
  const { limits, port: usualPort } = readConfig(
    { ...env, LIVELENS_CONFIG_DIR: '/nowhere' },
    { root: process.cwd(), settings },
  );
  if (port !== undefined) assert.equal(usualPort, port);
  const maxAgeMs = front.kind === 'router' ? front.maxAgeMs : undefined;
  return {
    ...env,
    MAX_SESSIONS_PER_ADDRESS: '2',
    ...(maxAgeMs !== undefined && { MAX_SESSION_MS: String(limits.maxSessionMs / scaleOfAge(maxAgeMs)) }),
  };
}

function assertRecognised({ log }: ServerProcess, { platform }: Target): void {
  const said = log.find((line) => 'defaults' in line);
  assert.equal(said?.platform, platform);
  const messages = log.map(({ msg }) => msg);
  // A platform that probes by TCP ends a server that listens late.
  assert.ok(messages.indexOf('listening') < messages.indexOf('ready'));
}

/** What a platform finds that asks as soon as the server listens: its status. */
async function probeHealth(port: number, { healthPaths: [healthPath] }: Target): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}${healthPath}`);
  await response.arrayBuffer();
  return response.status;
}

/** The server is there before its models are, and in time; it says so in the way of HTTP, and is not called ready too early. */
async function assertProbed({ tcpProbe }: Target, probed: Promise<number> | undefined, startedAtMs: number) {
  assert.ok(probed, 'it never listened');
  const status = await probed;
  assert.ok(status === 200 || status === 503, `${status}`);
  if (tcpProbe === undefined) return;
  const { tries, everyMs } = tcpProbe;
  assert.ok(performance.now() - startedAtMs < (tries - 1) * everyMs, 'the platform would start it again');
}

/** An endpoint with many models: the platform has one loaded before it asks it. */
async function assertLoads({ httpUrl }: OpenFront, { predict, models }: Target, env: Record<string, string>) {
  assert.ok(predict.loads && models);
  const { name, folder } = predict.loads;
  const url = path.join(env[models.variable] ?? '', models.below, folder);
  const loaded = await fetch(`${httpUrl}/models`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ model_name: name, url }),
  });
  assert.deepEqual([loaded.status, await loaded.json()], [200, { modelName: name, modelUrl: url }]);
}

async function assertHealthy({ httpUrl }: OpenFront, { healthPaths, front }: Target, port: number) {
  for (const [url, healthPath] of [httpUrl, `http://127.0.0.1:${port}`].flatMap((url) =>
    healthPaths.map((healthPath) => [url, healthPath] as const),
  )) {
    const response = await fetch(url + healthPath);
    assert.equal(response.status, 200, healthPath);
    await response.arrayBuffer();
    if (url === httpUrl || front.kind !== 'router') continue;
    const keptMs = 1_000 * Number(/timeout=(\d+)/.exec(response.headers.get('keep-alive') ?? '')?.[1]);
    const { keepAliveMs = 60_000 } = front;
    assert.ok(
      keptMs > keepAliveMs,
      `an idle connection is kept for ${keptMs} ms, by the router for ${keepAliveMs}`,
    );
  }
}

/** The request of a platform for the labels of a picture. */
function requestFor({ form }: Predict, picture: Uint8Array<ArrayBuffer>) {
  if (form === 'picture') return { method: 'POST', headers: { 'Content-Type': 'image/png' }, body: picture };
  const b64 = Buffer.from(picture).toString('base64');
  const body = JSON.stringify({ instances: [{ b64 }] });
  return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body };
}

async function assertCat(response: Response): Promise<void> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  const body: { labels?: Label[]; predictions?: { labels: Label[] }[] } = JSON.parse(text);
  assert.equal((body.labels ?? body.predictions?.[0]?.labels)?.[0]?.label, 'cat');
}

/** Azure ML has one request waiting next to the one that is answered; others have more. Probes come in between. */
async function assertPredicts({ httpUrl }: OpenFront, { predict, healthPaths }: Target): Promise<void> {
  const request = requestFor(predict, await photo('cat.png'));
  const answers = [1, 2].map(() => fetch(httpUrl + predict.path, request));
  for (const path of healthPaths) assert.equal((await fetch(httpUrl + path)).status, 200);
  for (const answer of answers) await assertCat(await answer);
}

/** What the platform lets through is not refused by the server. */
async function assertTakesTheLargest({ httpUrl }: OpenFront, { front, predict }: Target): Promise<void> {
  if (front.kind !== 'router' || front.maxBodyBytes === undefined) return;
  const { maxBodyBytes } = front;
  const cat = await photo('cat.png');
  // What stands behind the end of a PNG is no part of it.
  const size = predict.form === 'picture' ? maxBodyBytes : Math.floor(((maxBodyBytes - 40) * 3) / 4);
  const padded = new Uint8Array(size);
  padded.set(cat);
  await assertCat(await fetch(httpUrl + predict.path, requestFor(predict, padded)));
  const larger = new Uint8Array(maxBodyBytes + 1);
  assert.equal((await fetch(httpUrl + predict.path, requestFor(predict, larger))).status, 413);
}

/** A page's stream, through what stands in front. */
function openLens(
  t: TestContext,
  { url, host, clientAt }: OpenFront,
  image: Uint8Array,
  { stream: kind }: Target,
) {
  const sockets: WebSocket[] = [];
  const { headers, localAddress } = clientAt(1);
  const stream = createStream({
    url,
    transport(at, subprotocol) {
      const options = { localAddress, perMessageDeflate: false };
      const socket =
        kind === 'sagemaker'
          ? new WebSocket(at.replace(STREAM_PATH, SAGEMAKER_STREAM_PATH), [], options)
          : new WebSocket(at, subprotocol, {
              ...options,
              headers: { ...headers, Host: host, Origin: `https://${host}` },
            });
      sockets.push(socket);
      return socket;
    },
  });
  t.after(() => stream.close());
  const send = () => void stream.send({ image });
  stream.start();
  const next = <T>(on: (resolve: (value: T) => void) => (() => void)[]) =>
    new Promise<T>((resolve) => {
      const off = on((value) => {
        for (const dispose of off) dispose();
        resolve(value);
      });
    });
  return {
    stream,
    sockets,
    /** The first label of the next frame that gets one. */
    async labels(): Promise<Label> {
      const coming = next<FrameLabels>((resolve) => [
        stream.onLabels(resolve),
        stream.onDropped(send),
        stream.onState(({ kind }) => kind === 'open' && send()),
      ]);
      send();
      const { labels } = await coming;
      assert.ok(labels[0]);
      return labels[0];
    },
    keepSending() {
      t.after(stream.onLabels(send));
      t.after(stream.onDropped(send));
      t.after(stream.onState(({ kind }) => kind === 'open' && send()));
      send();
    },
    /** A socket after the present one is open. */
    async reopened(): Promise<void> {
      if (stream.state.kind === 'open') return;
      await next<void>((resolve) => [stream.onState(({ kind }) => kind === 'open' && resolve())]);
    },
  };
}
type Lens = ReturnType<typeof openLens>;

const tellsAddress = ({ front }: Target): boolean => {
  if (front.kind === 'router') return front.tellsAddress;
  // Others have one loopback address.
  return front.kind !== 'text-gateway' && process.platform === 'linux';
};

/** Sessions are limited by the client's own address, whatever it claims. The first of two is open. */
async function assertCountsByAddress({ url, host, clientAt }: OpenFront): Promise<void> {
  const open = async (number: number, claim: number) => {
    const { headers, ...from } = clientAt(number);
    const claimed = { 'X-Forwarded-For': `192.0.2.${claim}`, 'X-Real-IP': `192.0.2.${claim}` };
    const client = await openRawStream(url, {
      headers: { ...claimed, ...headers, Host: host, Origin: `https://${host}` },
      ...from,
    });
    client.send({ type: 'hello' });
    return client;
  };
  const second = await open(1, 7);
  await second.next('welcome');
  const third = await open(1, 8);
  assert.equal((await third.next('goaway')).reason, 'server_busy');
  const another = await open(2, 1);
  await another.next('welcome');
  await Promise.all([second, third, another].map((client) => client.close()));
}

/** Nothing goes over the socket but pings, for longer than the router lets one stand idle. */
async function assertStaysOpen({ front }: Target, { sockets, stream, labels }: Lens, { cuts }: OpenFront) {
  const idleMs = front.kind === 'router' ? front.idleMs : front.kind === 'nginx' ? 75_000 : undefined;
  if (idleMs === undefined) return;
  const socket = sockets.at(-1);
  assert.ok(socket);
  const { session } = stream;
  const pings = Math.ceil((IDLE_SHARE * idleMs) / SCALE.idle / HEARTBEAT_MS);
  for (let ping = 0; ping < pings; ping++) {
    await once(socket, 'ping', { signal: AbortSignal.timeout(10 * HEARTBEAT_MS) });
  }
  await labels();
  assert.deepEqual([sockets.at(-1), stream.session, cuts.idle], [socket, session, 0]);
}

/** The server asks for another connection before the router cuts this one. */
async function assertReconnectsInTime(
  { front }: Target,
  { sockets, stream, reopened }: Lens,
  { cuts }: OpenFront,
) {
  if (front.kind !== 'router' || front.maxAgeMs === undefined) return;
  const { session } = stream;
  if (sockets.length === 1 && sockets[0]?.readyState === WebSocket.OPEN) await once(sockets[0], 'close');
  await reopened();
  const { state } = stream;
  assert.ok(state.kind === 'open' && state.welcome.resumed);
  assert.deepEqual([stream.session, cuts.age], [session, 0]);
}

/** A picture that is on its way when the platform asks the server to stop is answered. */
async function stopsWithAnAnswer(
  t: TestContext,
  server: ServerProcess,
  target: Target,
  port: number,
): Promise<void> {
  const { method, headers, body } = requestFor(target.predict, await photo('cat.png'));
  const { path } = target.predict;
  const request = httpRequest({
    port,
    path,
    method,
    headers: { ...headers, 'Content-Length': Buffer.byteLength(body), Expect: '100-continue' },
  });
  t.after(() => request.destroy());
  const answered = once(request, 'response');
  request.flushHeaders();
  await once(request, 'continue');
  const stopped = stopsInTime(t, server, target);
  // Nothing new is taken by now.
  while (
    await fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    )
  );
  request.end(body);
  const [answer] = await answered;
  await assertCat(new Response(await buffer(answer), { status: answer.statusCode }));
  await stopped;
}

/** As the platform does it: its signal, and after its time the end. */
async function stopsInTime(
  t: TestContext,
  { child, exited, log }: ServerProcess,
  { stop }: Target,
): Promise<void> {
  const askedAtMs = performance.now();
  const kill = setTimeout(() => child.kill('SIGKILL'), stop.killMs);
  child.kill(stop.signal);
  const exit = await exited;
  clearTimeout(kill);
  assert.deepEqual(exit, [0, null], JSON.stringify(log.slice(-3)));
  t.diagnostic(`stopped after ${Math.round(performance.now() - askedAtMs)} ms of ${stop.killMs}`);
}
