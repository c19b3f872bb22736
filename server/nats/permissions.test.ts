import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { parse } from 'yaml';
import { freePort } from '../../e2e/harness/freePort.ts';
import type { Member } from '../fleet/member.ts';
import { ANSWERED, job, takeNow } from '../queue/frameQueueContract.ts';
import { startNats, whyNoNats } from '../testing/natsServer.ts';
import { packedOf } from '../testing/packedVersion.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { connectNats, type NatsLink } from './link.ts';
import { createNatsFrameInbox } from './natsFrameInbox.ts';
import { createNatsFrameOutbox } from './natsFrameOutbox.ts';
import { openNatsLibrary } from './natsLibrary.ts';
import { openNatsMembers } from './natsMembers.ts';
import { sharedSecret } from './natsSharedSecret.ts';
import { createTurns } from './turns.ts';

/** The users that deploy/ gives gateways, workers and `livelens top`, against a real server that allows nothing else. */

const CONF = 'deploy/compose/nats.conf';
const VALUES = 'deploy/kubernetes/scaled/nats-values.yaml';
const skip = whyNoNats() ?? false;

const USERS = ['gateway', 'worker', 'viewer'] as const;
type User = (typeof USERS)[number];
for (const user of USERS) process.env[`${user.toUpperCase()}_PASSWORD`] = `of-${user}`;

async function start(t: TestContext, conf = CONF, monitor?: number) {
  monitor ??= await freePort();
  const { url } = await startNats(t, ['-c', conf, '-m', String(monitor)]);
  /** A connection, and what the server has refused it. */
  return async (user: User) => {
    const link = await connectNats(
      { urls: [url], name: 'livelens', clientName: user, role: user, user, password: `of-${user}` },
      SILENT_LOG,
    );
    const refused: string[] = [];
    void (async () => {
      for await (const status of link.connection.status())
        if (status.type === 'error') refused.push(String(status.error));
    })();
    t.after(() => link.close());
    return { link, refused };
  };
}

async function temporaryFolder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-permissions-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

const member = (id: string): Member => ({
  role: 'worker',
  id,
  ...{
    host: 'machine',
    pid: 1,
    product: '1.0.0',
    startedAtMs: 0,
    labelsPerSecond: 0,
    memoryBytes: 1,
    isLeaving: false,
  },
  ...{ group: 'default', slots: 1, serving: [], staged: [], refused: [] },
});

/** Publishes, and waits until the server has had to say what it thinks of it. */
async function isRefused(
  { link, refused }: { link: NatsLink; refused: string[] },
  subject: string,
): Promise<boolean> {
  link.connection.publish(subject, 'x');
  await link.connection.flush();
  // It came before the answer to that, and is read from a queue.
  await setImmediate();
  return refused.some((error) => error.includes(subject));
}

test('gateways and workers can do with models and members what they need, and viewers can see', {
  skip,
}, async (t) => {
  const open = await start(t);
  const [gateway, worker, viewer] = [await open('gateway'), await open('worker'), await open('viewer')];
  const models = await openNatsLibrary(gateway.link, SILENT_LOG, { removesUnnamed: true });
  const dir = await temporaryFolder(t);
  const copies = await openNatsLibrary(worker.link, SILENT_LOG, { cacheDir: path.join(dir, 'cache') });
  const birds = packedOf('birds', { 'manifest.json': '{}', 'model.onnx': Buffer.alloc(300_000, 7) });
  await models.upload(birds);
  const heard = new Promise<void>((resolve) => copies.onChange(() => resolve()));
  const revision = await models.point('birds', { live: birds.version }, 0);
  await heard;
  await mkdir(path.join(dir, 'out'));
  await copies.download(birds.version, path.join(dir, 'out'));
  assert.equal((await readFile(path.join(dir, 'out/model.onnx'))).length, 300_000);
  await models.point('birds', undefined, revision);

  const seen = openNatsMembers(viewer.link, SILENT_LOG);
  const all = new Promise<void>((resolve) => seen.onChange(() => seen.all.length === 2 && resolve()));
  const [first, second] = [
    openNatsMembers(gateway.link, SILENT_LOG),
    openNatsMembers(worker.link, SILENT_LOG),
  ];
  first.announce(() => member('one'));
  second.announce(() => member('two'));
  await all;
  assert.equal(await sharedSecret(gateway.link, 'resume'), await sharedSecret(gateway.link, 'resume'));
  await Promise.all([models.close(), copies.close(), first.close(), second.close(), seen.close()]);
  for (const { refused } of [gateway, worker, viewer]) assert.deepEqual(refused, []);
});

test('frames go from gateways to workers, and answers back', { skip }, async (t) => {
  const open = await start(t);
  const [gateway, worker] = [await open('gateway'), await open('worker')];
  // So that frames go by their turns, and are not offered while the stream is made.
  await createTurns(gateway.link, 'default', SILENT_LOG).ensure();
  const inbox = createNatsFrameInbox({
    ...{ link: gateway.link, gatewayId: 'g1', groupOf: () => 'default', onGone: () => () => undefined },
    ...{ maxAgeMs: 60_000, refreshMs: 1_000, nowMs: () => performance.now(), log: SILENT_LOG },
  });
  const outbox = createNatsFrameOutbox({
    link: worker.link,
    workerId: 'w1',
    group: 'default',
    log: SILENT_LOG,
  });
  const answers = ['a', 'b', 'c'].map((key) => inbox.submit(job(key)));
  const first = await takeNow(outbox);
  const more = await outbox.takeWaiting('m', [1, 2]);
  for (const frame of [first, ...more]) frame.answer(ANSWERED);
  for (let left = 3 - more.length - 1; left > 0; left -= 1) (await takeNow(outbox)).answer(ANSWERED);
  assert.deepEqual(
    (await Promise.all(answers)).map(({ kind }) => kind),
    ['answered', 'answered', 'answered'],
  );
  assert.ok(!(await isRefused(gateway, 'livelens.offer.default')));
  assert.ok(!(await isRefused(gateway, 'livelens.worker.w1.holds.g1')));
  assert.ok(!(await isRefused(worker, 'livelens.gateway.g1.more')));
  await worker.link.connection.flush();
  await setImmediate();
  inbox.close();
  outbox.close();
  for (const { refused } of [gateway, worker]) assert.deepEqual(refused, []);
});

test('KEDA finds the frames that wait where worker-scaledobject.yaml sends it', { skip }, async (t) => {
  const monitor = await freePort();
  const { link } = await (await start(t, CONF, monitor))('gateway');
  await createTurns(link, 'default', SILENT_LOG).ensure();
  const inbox = createNatsFrameInbox({
    ...{ link, gatewayId: 'g1', groupOf: () => 'default', onGone: () => () => undefined },
    ...{ maxAgeMs: 60_000, refreshMs: 1_000, nowMs: () => performance.now(), log: SILENT_LOG },
  });
  t.after(async () => inbox.close());
  for (const key of ['a', 'b', 'c']) void inbox.submit(job(key));
  const scaled = parse(await readFile('deploy/kubernetes/scaled/worker-scaledobject.yaml', 'utf8'));
  const { account, stream, consumer } = scaled.spec.triggers[0].metadata;
  // What its scaler reads: https://keda.sh/docs/2.19/scalers/nats-jetstream/
  const address = `http://127.0.0.1:${monitor}/jsz?acc=${account}&consumers=true&config=true`;
  const named = <T extends { name: string }>(all: readonly T[] | undefined, name: string) =>
    all?.find((one) => one.name === name);
  // Right after a start some tokens are published twice.
  let waiting = 0;
  while (waiting < 3) {
    const { account_details: accounts } = await (await fetch(address)).json();
    const found = named(named<Jsz>(accounts, account)?.stream_detail, stream);
    assert.ok(found, stream);
    waiting = named(found.consumer_detail, consumer)?.num_pending ?? 0;
  }
});

/** A part of what `/jsz` of nats-server answers. */
interface Jsz {
  name: string;
  stream_detail: { name: string; consumer_detail: { name: string; num_pending: number }[] }[];
}

test('workers change no models, viewers nothing at all, and no one reaches other streams', {
  skip,
}, async (t) => {
  const open = await start(t);
  const worker = await open('worker');
  for (const subject of [
    '$KV.livelens_MODELS.birds',
    '$O.livelens_FILES.M.x',
    '$JS.API.STREAM.DELETE.KV_livelens_MODELS',
    '$JS.API.STREAM.MSG.GET.KV_livelens_SECRETS',
    '$JS.API.STREAM.UPDATE.KV_livelens_MODELS',
    '$JS.API.STREAM.PURGE.OBJ_livelens_FILES',
    'livelens.turn.default.g.1',
    'livelens.offer.default',
    'livelens.pointer.x',
  ]) {
    assert.ok(await isRefused(worker, subject), subject);
  }
  const viewer = await open('viewer');
  // Answers to others hold frames and secrets.
  for (const [one, kind] of [
    [viewer, 'gateway'],
    [viewer, 'worker'],
    [worker, 'gateway'],
  ] as const) {
    const subject = `_INBOX.livelens.${kind}.>`;
    one.link.listen(subject, () => undefined);
    await one.link.connection.flush();
    await setImmediate();
    assert.ok(
      one.refused.some((error) => error.includes(subject)),
      `${subject} is open`,
    );
  }
  for (const subject of [
    'livelens.member.x',
    'livelens.gateway.g.take',
    '$JS.API.STREAM.INFO.KV_livelens_MODELS',
  ]) {
    assert.ok(await isRefused(viewer, subject), subject);
  }
  const gateway = await open('gateway');
  for (const subject of [
    '$JS.API.STREAM.CREATE.others',
    '$KV.others.x',
    'others.turn',
    'livelens.gateway.g.answer',
  ]) {
    assert.ok(await isRefused(gateway, subject), subject);
  }
});

/** Users of nats.conf: their subjects, in order. */
async function usersOfConf() {
  const conf = await readFile(CONF, 'utf8');
  const users = conf.matchAll(/user: (\w+)\n.*?publish: \[(.*?)\].*?subscribe: \[(.*?)\]/gs);
  const subjects = (text = '') => [...text.matchAll(/"([^"]+)"/g)].map(([, one]) => one);
  return [...users].map(([, user, publish, subscribe]) => ({
    user,
    permissions: { publish: subjects(publish), subscribe: subjects(subscribe) },
  }));
}

test('the values for the chart have the same users, and a real server takes them', { skip }, async (t) => {
  const { config } = parse(await readFile(VALUES, 'utf8'));
  const users = config.merge.authorization.users as Record<string, unknown>[];
  assert.deepEqual(
    users.map(({ user, permissions }) => ({ user, permissions })),
    await usersOfConf(),
  );
  assert.deepEqual(
    users.map(({ user }) => user),
    [...USERS],
  );
  // As the chart writes them: JSON, but for what stands between << and >>.
  const conf = path.join(await temporaryFolder(t), 'nats.conf');
  await writeFile(conf, JSON.stringify(config.merge, undefined, 1).replaceAll(/"<< (.*?) >>"/g, '$1'));
  const open = await start(t, conf);
  const { link } = await open('gateway');
  assert.equal(link.maxPayload, 8 * 2 ** 20);
});

test('the docs name every subject', async () => {
  const docs = await readFile('docs/many-machines.md', 'utf8');
  for (const { permissions } of await usersOfConf()) {
    for (const subject of [...permissions.publish, ...permissions.subscribe]) {
      assert.ok(docs.includes(`\`${subject}\``), subject);
    }
  }
});
