import { after } from 'node:test';
import { describeFrameInbox, describeFrameOutbox, type OpenFrameEnds } from '../queue/frameQueueContract.ts';
import { startNats, whyNoNats } from '../testing/natsServer.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { connectNats } from './link.ts';
import { createNatsFrameInbox } from './natsFrameInbox.ts';
import { createNatsFrameOutbox } from './natsFrameOutbox.ts';

const server = whyNoNats() === undefined ? await startNats({ after }) : undefined;
let fleets = 0;

/** A gateway and a worker of a fleet of their own, each with its connection. */
const open: OpenFrameEnds = async (options) => {
  fleets += 1;
  const nats = { urls: [server?.url ?? ''], name: `fleet${fleets}`, clientName: 'test' };
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
}
