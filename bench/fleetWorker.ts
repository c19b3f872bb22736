import { connect } from '@nats-io/transport-node';
import { connectFrameOutbox } from '../server/testing/socketQueue/socketQueue.ts';
import { workFixedTime } from './fleet/fixedTimeWorker.ts';
import { openNatsOutbox } from './fleet/natsEnds.ts';
import type { WorkerOrder, WorkerUse } from './fleet/plan.ts';
import { workInGroup } from './fleet/queueGroup.ts';

/** The process of a worker, with the ends of all queues that frames come from. It takes frames of one of them at a time. */

const natsUrl = process.env.FLEET_NATS_URL ?? '';
const nats = await openNatsOutbox(natsUrl);
const socket = await connectFrameOutbox(process.env.FLEET_SOCKET ?? '');
const plain = await connect({ servers: natsUrl });
let rest = new AbortController();
let work = Promise.resolve();

function use(): WorkerUse {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000 };
}

process.on('message', async (order: WorkerOrder) => {
  switch (order.kind) {
    case 'work': {
      rest = new AbortController();
      if (order.side === 'group') work = workInGroup(plain, order.workMs, rest.signal);
      else work = workFixedTime(order.side === 'nats' ? nats : socket, order.workMs, rest.signal);
      break;
    }
    case 'rest':
      rest.abort();
      await work;
      break;
    case 'use':
  }
  process.send?.(use());
});
process.once('disconnect', async () => {
  rest.abort();
  await Promise.all([nats.close(), socket.close(), plain.close()]);
  process.exit(0);
});
process.send?.(use());
