import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import packageJson from '../package.json' with { type: 'json' };
import type { QueueConfig } from './config/queueConfig.ts';
import type { Gateway, Members } from './fleet/member.ts';
import { connectNats, type NatsLink } from './nats/link.ts';
import { openNatsMembers } from './nats/natsMembers.ts';
import type { Log } from './telemetry/log.ts';
import type { FleetReadings } from './telemetry/status.ts';

/** A process's place in its fleet. */
export interface FleetLink {
  readonly link: NatsLink;
  readonly members: Members;
  /** Of this process. */
  readonly memberId: string;
  /** What each of its announcements says of it. */
  readonly self: Pick<Gateway, 'id' | 'host' | 'pid' | 'product' | 'startedAtMs'>;
  /** What its metrics read of the fleet. */
  readings(): FleetReadings;
  /** Says that this process leaves, and disconnects. Idempotent. */
  close(): Promise<void>;
}

/** A shorter absence is no news: a server of NATS that is started again is back by then. */
const LONG_MS = 10_000;

/** @throws Error that says what to do, where NATS cannot be reached or refuses this process */
export async function openFleetLink(
  queue: QueueConfig,
  role: Gateway['role'] | 'worker',
  log: Log,
): Promise<FleetLink> {
  const host = hostname();
  const link = await connectNats({ ...queue, clientName: `livelens ${role} on ${host}` }, log);
  const stopTelling = tellLongAbsence(link, log);
  const members = openNatsMembers(link, log);
  const memberId = randomUUID();
  return {
    link,
    members,
    memberId,
    self: {
      id: memberId,
      host,
      pid: process.pid,
      product: packageJson.version,
      startedAtMs: Math.round(performance.timeOrigin),
    },
    readings: () => ({
      queue: link.figures,
      gateways: members.all.filter(({ role }) => role === 'gateway').length,
      workers: members.all.filter(({ role }) => role === 'worker').length,
    }),
    async close() {
      stopTelling();
      await members.close();
      await link.close();
    },
  };
}

/** Says once that NATS is gone for long, and that it is back. */
function tellLongAbsence(link: NatsLink, log: Log): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isTold = false;
  const stop = link.onChange((isConnected) => {
    clearTimeout(timer);
    if (isConnected) {
      if (isTold) log.info('NATS is back');
      isTold = false;
      return;
    }
    timer = setTimeout(() => {
      isTold = true;
      log.error(
        { forMs: LONG_MS },
        'NATS cannot be reached: no frames are labelled; connecting goes on until it is back',
      );
    }, LONG_MS);
    timer.unref();
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}
