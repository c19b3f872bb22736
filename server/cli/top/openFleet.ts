import type { QueueConfig } from '../../config/queueConfig.ts';
import { connectNats } from '../../nats/link.ts';
import { openNatsMembers } from '../../nats/natsMembers.ts';
import { fleetSource } from './fleetSource.ts';
import type { Source } from './watchScreen.ts';

/** Lines of a log would tear the screen; what matters is shown on it. */
const NO_LOG = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * Listens to the members of a fleet; it is none itself.
 * @throws Error that says what to do, where NATS cannot be reached
 */
export async function openFleet(queue: QueueConfig): Promise<Source> {
  const link = await connectNats({ ...queue, role: 'viewer', clientName: 'livelens top' }, NO_LOG);
  let lostSinceMs: number | undefined;
  link.onChange((isConnected) => {
    lostSinceMs = isConnected ? undefined : Date.now();
  });
  return fleetSource({
    members: openNatsMembers(link, NO_LOG),
    queue: queue.urls.join(', '),
    lostSinceMs: () => lostSinceMs,
    close: () => link.close(),
  });
}
