import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import packageJson from '../package.json' with { type: 'json' };
import type { QueueConfig } from './config/queueConfig.ts';
import type { Gateway, Members } from './fleet/member.ts';
import type { WaitForNats } from './nats/connection.ts';
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

/**
 * Waits for NATS where it is not there yet.
 * @throws Error that says what to do, where NATS refuses this process; the signal's reason
 */
export async function openFleetLink(
  queue: QueueConfig,
  role: Gateway['role'] | 'worker',
  log: Log,
  wait: WaitForNats,
): Promise<FleetLink> {
  const host = hostname();
  const link = await connectNats({ ...queue, role, clientName: `livelens ${role} on ${host}` }, log, wait);
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
      await members.close();
      await link.close();
    },
  };
}
