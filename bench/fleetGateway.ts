import { createMemoryFrameQueue } from '../server/queue/memoryFrameQueue.ts';
import { serveFrameQueue } from '../server/testing/socketQueue/socketQueue.ts';
import { playCameras } from './fleet/cameraLoad.ts';
import { workFixedTime } from './fleet/fixedTimeWorker.ts';
import { openNatsInbox } from './fleet/natsEnds.ts';
import { type FleetPlan, type FleetReport, MAX_AGE_MS, REFRESH_MS } from './fleet/plan.ts';
import { openGroupInbox } from './fleet/queueGroup.ts';

/** The process of a gateway: cameras, and the ends of all queues that they send frames into. One plan at a time. */

const natsUrl = process.env.FLEET_NATS_URL ?? '';
const nowMs = () => performance.now();
const memory = createMemoryFrameQueue({ maxAgeMs: MAX_AGE_MS, refreshMs: REFRESH_MS, nowMs });
// A queue of its own: what the former serves must not wait for takers of the latter.
const served = createMemoryFrameQueue({ maxAgeMs: MAX_AGE_MS, refreshMs: REFRESH_MS, nowMs });
const socket = await serveFrameQueue(served);
const nats = await openNatsInbox(natsUrl);
const group = await openGroupInbox(natsUrl);
const inboxes = { memory, socket: served, nats, group };

async function play(plan: FleetPlan): Promise<FleetReport> {
  const rest = new AbortController();
  const workers = plan.workersMs.map((workMs) => workFixedTime(memory, workMs, rest.signal));
  const report = await playCameras(inboxes[plan.side], plan, (moment) => process.send?.(moment));
  rest.abort();
  await Promise.all(workers);
  return report;
}

process.on('message', (plan: FleetPlan) => {
  void play(plan).then((report) => process.send?.(report));
});
process.once('disconnect', async () => {
  await Promise.all([memory.close(), served.close(), socket.close(), nats.close(), group.close()]);
  process.exit(0);
});
process.send?.(socket.path);
