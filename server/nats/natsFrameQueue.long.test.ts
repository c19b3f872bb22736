import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { forkChild } from '../config/forkChild.ts';
import { ANSWERED, job } from '../queue/frameQueueContract.ts';
import { NatsFleet } from '../testing/natsFleet.ts';
import { startNats, startNatsCluster, whyNoNats } from '../testing/natsServer.ts';
import { maxImageBytes } from './messages.ts';

const skip = whyNoNats();
const never = new AbortController().signal;
/** Many times what it takes on an idle machine. */
const HANGS_MS = 30_000;

/** Waits until frames that were submitted after `sinceMs` were answered. @returns the time from then to the first answer, ms */
async function freshAfter(fleet: NatsFleet, sinceMs: number): Promise<number> {
  for (;;) {
    const first = fleet.answered.find(({ submittedAtMs }) => submittedAtMs > sinceMs);
    if (first) return first.answeredAtMs - sinceMs;
    await sleep(5);
  }
}

function assertNothingTwice(fleet: NatsFleet): void {
  assert.ok(fleet.taken.size > 0);
  assert.deepEqual(
    [...fleet.taken].filter(([, times]) => times > 1),
    [],
    'no two workers get the same frame',
  );
}

/** Cameras that send to a gateway, and workers, until `stop` is called, which waits for all answers. */
async function underLoad(fleet: NatsFleet, { cameras = 4, perSecond = 20, workers = 2, workMs = 10 } = {}) {
  const inbox = await fleet.addGateway();
  for (let count = 0; count < workers; count++) await fleet.addWorker(workMs);
  const end = new AbortController();
  const sending = Array.from({ length: cameras }, (_, at) =>
    fleet.send(inbox, `camera ${at}`, perSecond, end.signal),
  );
  await freshAfter(fleet, performance.now());
  return {
    inbox,
    async stop() {
      end.abort();
      await Promise.all(sending);
      await Promise.all(fleet.pending);
    },
  };
}

test('the only NATS server is killed: what waits survives, and fresh answers come when it is back', {
  skip,
}, async (t) => {
  const server = await startNats(t);
  const fleet = new NatsFleet(t, [server.url], { name: 'fleet' });
  const { inbox, stop } = await underLoad(fleet);
  const patient = await fleet.addGateway(60_000);
  for (let round = 1; round <= 3; round++) {
    await server.kill();
    const waits = fleet.submit(patient, 'patient');
    await sleep(300);
    await server.start();
    const freshMs = await freshAfter(fleet, performance.now());
    t.diagnostic(`fresh answers ${Math.round(freshMs)} ms after the server was back`);
    assert.ok(freshMs < HANGS_MS, `${freshMs} ms`);
    await waits;
  }
  await stop();
  assert.equal(fleet.answered.filter(({ key }) => key === 'patient').length, 3);
  assert.equal(inbox.waiting + inbox.inHand, 0);
  assertNothingTwice(fleet);
});

test('a frame that is ready while NATS is gone is answered when it is back', { skip }, async (t) => {
  const server = await startNats(t);
  const fleet = new NatsFleet(t, [server.url], { name: 'fleet' });
  const inbox = await fleet.addGateway(60_000);
  const outbox = await fleet.addOutbox();
  const result = inbox.submit(job('a'));
  const frame = await outbox.take(never);
  await server.kill();
  while (fleet.links.some((link) => link.isConnected)) await sleep(5);
  frame?.answer(ANSWERED);
  await server.start();
  assert.deepEqual(await result, ANSWERED);
});

/** Name of the server, as soon as one was elected and turns go through it. */
async function leaderOfTurns(fleet: NatsFleet): Promise<string> {
  for (;;) {
    // While there is none, nobody answers; not asked by the manager, which would wait 5 s for that.
    const answer = await fleet.links[0]?.connection
      .request('$JS.API.STREAM.INFO.fleet_TURNS', '', { timeout: 250 })
      .catch(() => undefined);
    const info = answer?.json<{ config?: { num_replicas: number }; cluster?: { leader?: string } }>();
    if (info?.cluster?.leader) {
      assert.equal(info.config?.num_replicas, 3);
      return info.cluster.leader;
    }
    await sleep(50);
  }
}

test('the leader of the turns is killed in a cluster of three: answers go on', { skip }, async (t) => {
  const servers = await startNatsCluster(t);
  const fleet = new NatsFleet(
    t,
    servers.map(({ url }) => url),
    { name: 'fleet' },
  );
  const { inbox, stop } = await underLoad(fleet);
  const leader = servers[Number((await leaderOfTurns(fleet)).slice(1)) - 1] ?? assert.fail();
  const atMs = performance.now();
  await leader.kill();
  const killedAtMs = performance.now();
  const [freshMs, electedAtMs] = await Promise.all([
    freshAfter(fleet, killedAtMs),
    leaderOfTurns(fleet).then(() => performance.now()),
  ]);
  const before = fleet.answered.filter(
    ({ submittedAtMs, answeredAtMs }) => submittedAtMs > killedAtMs && answeredAtMs < electedAtMs,
  );
  // Until long after a new leader was elected.
  await freshAfter(fleet, electedAtMs + 5_000);
  await stop();
  const times = fleet.answered.map(({ answeredAtMs }) => answeredAtMs).filter((ms) => ms > atMs);
  const gaps = times.map((ms, at) => ms - (times[at - 1] ?? atMs));
  const longestMs = Math.max(...gaps);
  t.diagnostic(
    `${before.length} fresh answers before a new leader was elected after ${Math.round(electedAtMs - killedAtMs)} ms, the first after ${Math.round(freshMs)} ms; longest time without an answer ${Math.round(longestMs)} ms; ${times.length} answers in ${Math.round((times.at(-1) ?? 0) - atMs)} ms`,
  );
  assert.ok(before.length >= 10, `${before.length} answers while there was no leader`);
  assert.ok(longestMs < HANGS_MS, `${longestMs} ms`);
  assert.equal(inbox.waiting + inbox.inHand, 0);
  assertNothingTwice(fleet);
});

test('a server of a cluster falls silent with all its connections: who was there goes elsewhere', {
  skip,
}, async (t) => {
  const servers = await startNatsCluster(t);
  const fleet = new NatsFleet(
    t,
    servers.map(({ url }) => url),
    { name: 'fleet' },
  );
  const { inbox, stop } = await underLoad(fleet);
  await leaderOfTurns(fleet);
  const place = fleet.links[0]?.connection.getServer();
  const atMs = performance.now();
  servers.find(({ port }) => place?.endsWith(`:${port}`))?.pause();
  while (fleet.links[0]?.connection.getServer() === place) await sleep(50);
  const leftMs = performance.now() - atMs;
  const freshMs = await freshAfter(fleet, performance.now());
  t.diagnostic(`it was left after ${Math.round(leftMs)} ms; fresh answers ${Math.round(freshMs)} ms later`);
  assert.ok(leftMs < HANGS_MS, `${leftMs} ms`);
  await stop();
  assert.equal(inbox.waiting + inbox.inHand, 0);
  assertNothingTwice(fleet);
});

async function startWorkerProcess(t: TestContext, url: string, id: string) {
  const entry = {
    source: new URL('../testing/natsWorkerProcess.ts', import.meta.url),
    built: 'natsWorker.js',
  };
  const child = forkChild(entry, { env: { NATS_URL: url, WORKER_ID: id } });
  const exited = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  t.after(kill);
  return { child, kill };
}

for (const [how, isSaid] of [
  ['as soon as it is known to be gone', true],
  ['also where nobody says that it is gone', false],
] as const) {
  test(`a worker is killed with a frame in hand: it is answered, ${how}`, { skip }, async (t) => {
    const server = await startNats(t);
    const fleet = new NatsFleet(t, [server.url], { name: 'fleet' });
    const inbox = await fleet.addGateway(60_000);
    const { child, kill } = await startWorkerProcess(t, server.url, 'w-killed');
    const result = inbox.submit(job('a'));
    const [key] = await once(child, 'message');
    assert.equal(key, 'a');
    await kill();
    if (isSaid) fleet.sayGone('w-killed');
    const { kind, reason, detail } = { reason: '', detail: '', ...(await result) };
    assert.deepEqual([kind, reason], ['dropped', 'worker_lost']);
    assert.match(detail ?? '', isSaid ? /its worker is gone/ : /does not have it any more/);
    await fleet.addWorker(1);
    assert.deepEqual(await inbox.submit(job('a')), ANSWERED, 'the next one goes on');
  });
}

test('a frame that no message can hold is answered at once, with what to do; an answer takes several', {
  skip,
}, async (t) => {
  const server = await startNats(t);
  const fleet = new NatsFleet(t, [server.url], { name: 'fleet' });
  const inbox = await fleet.addGateway(60_000);
  const outbox = await fleet.addOutbox();
  const frame = await inbox.submit({ ...job('a'), image: new Uint8Array(1_048_576) });
  assert.match(
    frame.kind === 'dropped' ? `${frame.reason} ${frame.detail}` : '',
    /^worker_lost .*raise max_payload/,
  );

  const image = new Uint8Array(maxImageBytes(1_048_576)).fill(7);
  const result = inbox.submit({ ...job('a'), image });
  const taken = await outbox.take(never);
  assert.deepEqual(taken?.job.image, image, 'the largest that is allowed gets through');
  const rect: [number, number, number, number] = [0, 0, 1, 1];
  const tile = { fitted: { part: rect, inputRect: rect }, isMirrored: false, image: randomBytes(1_000_000) };
  const answer = { ...ANSWERED, tiles: [tile, tile, { ...tile, image: randomBytes(1_000_001) }] };
  taken?.answer(answer);
  const { tiles = [] } = { tiles: undefined, ...(await result) };
  assert.deepEqual(
    tiles.map((one) => Buffer.from(one.image)),
    answer.tiles.map((one) => one.image),
  );
});

/** 1 where all get the same, 1/n where one gets all. */
const jain = (counts: readonly number[]): number => {
  const sum = counts.reduce((a, b) => a + b, 0);
  return sum ** 2 / (counts.length * counts.reduce((all, one) => all + one ** 2, 0));
};

for (const [load, rates] of [
  ['eight at 30/s', [30, 30, 30, 30, 30, 30, 30, 30]],
  ['one at 100/s beside seven at 10/s', [100, 10, 10, 10, 10, 10, 10, 10]],
] as const) {
  test(`cameras of two gateways share a worker fairly: ${load}`, { skip }, async (t) => {
    const server = await startNats(t);
    const fleet = new NatsFleet(t, [server.url], { name: 'fleet' });
    const inboxes = [await fleet.addGateway(), await fleet.addGateway()];
    await fleet.addWorker(25);
    const end = new AbortController();
    const sending = rates.map((rate, at) =>
      fleet.send(inboxes[at % 2] ?? assert.fail(), `camera ${at}`, rate, end.signal),
    );
    // 40 frames of each.
    while (fleet.answered.length < 320) await sleep(50);
    end.abort();
    await Promise.all(sending);
    const counts = rates.map((_, at) => fleet.answered.filter(({ key }) => key === `camera ${at}`).length);
    t.diagnostic(`Jain ${jain(counts).toFixed(3)}: ${counts.join(' ')}`);
    assert.ok(jain(counts) >= 0.97, `${counts}`);
    assertNothingTwice(fleet);
  });
}
