import { connect } from '@nats-io/transport-node';
import * as v from 'valibot';
import { Member } from '../../server/fleet/member.ts';
import type { NatsUse } from './natsUse.ts';

const MEMBERS = 20;
const ROUNDS = 250;

const ANNOUNCEMENT: Member = {
  role: 'worker',
  id: '5f0c1d8e-4b1c-4d0e-9a51-0123456789ab',
  host: 'worker-17.example',
  pid: 17,
  product: '0.2.0',
  startedAtMs: 1_764_000_000_000,
  labelsPerSecond: 80,
  memoryBytes: 180e6,
  isLeaving: false,
  group: 'default',
  slots: 2,
  serving: [{ id: 'coco-ssd', version: '0123456789abcdef' }],
  staged: [],
  refused: [],
};

/**
 * What it takes that all members of a fleet hear each other: each of 20 announces itself 250 times, and all of them read it.
 * @returns processor time of one announcement at one of those who hear it, ms: the server's, and the member's
 */
export async function measureAnnouncements(
  servers: string,
  serverUse: () => Promise<NatsUse>,
): Promise<{ serverMs: number; memberMs: number }> {
  const members = await Promise.all(Array.from({ length: MEMBERS }, () => connect({ servers })));
  const expected = MEMBERS * MEMBERS * ROUNDS;
  let heard = 0;
  let onAll = () => {};
  const all = new Promise<void>((resolve) => {
    onAll = resolve;
  });
  for (const member of members) {
    member.subscribe('announced.*', {
      callback(_, message) {
        v.parse(Member, message.json());
        heard += 1;
        if (heard === expected) onAll();
      },
    });
  }
  await Promise.all(members.map((member) => member.flush()));
  const before = await serverUse();
  const cpu = process.cpuUsage();
  const text = JSON.stringify(ANNOUNCEMENT);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, member] of members.entries()) member.publish(`announced.${index}`, text);
    // As they come in a fleet: a few at a time, not all in one packet.
    await Promise.all(members.map((member) => member.flush()));
  }
  await all;
  const { user, system } = process.cpuUsage(cpu);
  const { cpuMs } = await serverUse();
  await Promise.all(members.map((member) => member.close()));
  return { serverMs: (cpuMs - before.cpuMs) / expected, memberMs: (user + system) / 1000 / expected };
}
