import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import { encodeJob } from '../queue/frameBytes.ts';
import {
  ANSWERED,
  describeFrameInbox,
  describeFrameOutbox,
  job,
  type OpenFrameEnds,
  takeNow,
} from '../queue/frameQueueContract.ts';
import { NatsFleet } from '../testing/natsFleet.ts';
import { startNats, whyNoNats } from '../testing/natsServer.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { connectNats } from './link.ts';
import { encodeHanded } from './messages.ts';
import { createNatsFrameInbox } from './natsFrameInbox.ts';
import { createNatsFrameOutbox } from './natsFrameOutbox.ts';
import { createTurns } from './turns.ts';

const server = whyNoNats() === undefined ? await startNats({ after }) : undefined;
let fleets = 0;

/** A gateway and a worker of a fleet of their own, each with its connection. */
const open: OpenFrameEnds = async (options) => {
  fleets += 1;
  const nats = { urls: [server?.url ?? ''], name: `contract${fleets}`, clientName: 'test' };
  const [gatewayLink, workerLink] = [
    await connectNats(nats, SILENT_LOG),
    await connectNats(nats, SILENT_LOG),
  ];
  const inbox = createNatsFrameInbox({
    ...options,
    nowMs: () => performance.now(),
    link: gatewayLink,
    gatewayId: 'g1',
    groupOf: () => 'default',
    onGone: () => () => {},
    log: SILENT_LOG,
  });
  const outbox = createNatsFrameOutbox({
    link: workerLink,
    workerId: 'w1',
    group: 'default',
    log: SILENT_LOG,
  });
  return {
    inbox,
    outbox,
    async close() {
      inbox.close();
      outbox.close();
      await Promise.all([gatewayLink.close(), workerLink.close()]);
    },
  };
};

if (server) {
  describeFrameInbox('nats', open);
  describeFrameOutbox('nats', open);

  test('frames go to workers of their group, and to those that can run their model', async (t) => {
    const fleet = new NatsFleet(t, [server.url], {
      groupOf: (model) => (model === 'none' ? undefined : model.charAt(0)),
    });
    const inbox = await fleet.addGateway(60_000);
    const [first, second] = [
      await fleet.addOutbox({ group: 'a', models: () => ['a1'] }),
      await fleet.addOutbox({ group: 'a', models: () => ['a1', 'a2'] }),
    ];
    const other = await fleet.addOutbox({ group: 'b' });
    void inbox.submit({ ...job('x'), model: 'a1', embedder: 'a2' });
    void inbox.submit({ ...job('y'), model: 'a1' });
    void inbox.submit({ ...job('z'), model: 'b1' });
    assert.equal((await takeNow(first)).job.key, 'y', 'though another waits longer');
    assert.equal((await takeNow(other)).job.key, 'z');
    assert.equal((await takeNow(second)).job.key, 'x');
    const { kind, detail } = { detail: '', ...(await inbox.submit({ ...job('x'), model: 'none' })) };
    assert.deepEqual([kind, detail], ['dropped', 'no worker serves this model']);
  });

  test('a key whose model is served by another group now has one frame that waits', async (t) => {
    let group = 'a';
    const fleet = new NatsFleet(t, [server.url], { groupOf: () => group });
    const inbox = await fleet.addGateway(60_000);
    const older = inbox.submit(job('x', 1));
    group = 'b';
    void inbox.submit(job('x', 2));
    assert.deepEqual(await older, { kind: 'dropped', reason: 'superseded' });
    assert.equal(inbox.waiting, 1);
    assert.deepEqual((await takeNow(await fleet.addOutbox({ group: 'b' }))).job.image, Uint8Array.of(2));
  });

  test('what a gateway that is gone had in the line holds up nobody', async (t) => {
    const fleet = new NatsFleet(t, [server.url]);
    const gone = await fleet.addGateway(60_000);
    const staying = await fleet.addGateway(60_000);
    for (let key = 0; key < 100; key++) void gone.submit(job(`${key}`));
    const outbox = await fleet.addOutbox();
    await takeNow(outbox);
    // As if it was killed: it says nothing.
    await fleet.links[0]?.connection.close();
    const result = staying.submit(job('x'));
    const frame = await takeNow(outbox);
    assert.equal(frame.job.key, 'x');
    frame.answer(ANSWERED);
    assert.deepEqual(await result, ANSWERED);
  });

  test('a taker that goes while its frame is asked for holds none back', async (t) => {
    const fleet = new NatsFleet(t, [server.url], { name: 'leaving' });
    const outbox = await fleet.addOutbox();
    const inbox = await fleet.addGateway(60_000);
    // A gateway that answers when the test wants it to.
    const link = await fleet.connect();
    const { connection } = link;
    // What is published before there is a line is lost.
    await createTurns(link, 'default', SILENT_LOG).ensure();
    const asked = connection.subscribe('leaving.gateway.slow.take', { max: 2 })[Symbol.asyncIterator]();
    const comesFor = async (number: number) => {
      const leave = new AbortController();
      const taken = outbox.take(leave.signal);
      connection.publish(`leaving.turn.default.slow.${number}`);
      const { value: question } = await asked.next();
      leave.abort();
      return { taken, question };
    };
    // It has none any more.
    const first = await comesFor(1);
    first.question?.respond();
    assert.equal(await first.taken, undefined);
    const result = inbox.submit(job('x'));
    (await takeNow(outbox)).answer(ANSWERED);
    assert.deepEqual(await result, ANSWERED, 'it did not go to the one that left');
    // It has one, which no one else will get.
    const second = await comesFor(2);
    const handed = encodeHanded({ number: 7, queueMs: 0, isAlone: true }, encodeJob(job('y')));
    second.question?.respond(handed);
    assert.equal((await second.taken)?.job.key, 'y');
  });

  test('what workers have in hand is given up when NATS stays away, and what waits becomes stale', async (t) => {
    const own = await startNats(t);
    const fleet = new NatsFleet(t, [own.url]);
    const inbox = await fleet.addGateway(1_000);
    const outbox = await fleet.addOutbox();
    const inHand = inbox.submit(job('x'));
    const frame = await takeNow(outbox);
    await own.kill();
    assert.deepEqual(await inbox.submit(job('y')), { kind: 'dropped', reason: 'stale' });
    assert.deepEqual(await inHand, {
      kind: 'dropped',
      reason: 'worker_lost',
      detail: 'NATS cannot be reached',
    });
    frame.answer(ANSWERED);
  });

  test('frames that many workers ask for at once are each taken once', async (t) => {
    const fleet = new NatsFleet(t, [server.url]);
    const inbox = await fleet.addGateway(60_000);
    for (let worker = 0; worker < 8; worker++) await fleet.addWorker(0);
    await Promise.all(Array.from({ length: 200 }, (_, key) => fleet.submit(inbox, `${key}`)));
    assert.equal(fleet.answered.length, 200);
    assert.deepEqual(
      [...fleet.taken.values()].filter((times) => times !== 1),
      [],
    );
  });
}
