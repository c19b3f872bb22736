/** Names of the rows that the model of bench/scale reads. */
export const ROWS = {
  workers: (count: number) => `fleet: ${count === 1 ? 'one worker' : `${count} workers`}, labels/s`,
  agesP50: 'fleet: age at 60 % of 4 workers over NATS, p50',
  agesP95: 'fleet: age at 60 % of 4 workers over NATS, p95',
  mixedNats: 'fleet: fast and slow workers at 80 %, frames labelled in time',
  mixedGroup: 'fleet: the same with a plain queue group of NATS',
  jain: (load: string) => `fleet: ${load}, fairness over NATS (Jain)`,
  gatewayMs: 'fleet: processor time of a label, gateway without sockets',
  memoryMs: 'fleet: the same in one process, queue and workers',
  workerMs: 'fleet: processor time of a label, worker without model',
  natsMs: 'fleet: processor time of a label, nats-server',
  natsTurnMs: 'fleet: the same with frames of 100 bytes',
  natsMessagesIn: 'fleet: messages of a label into NATS',
  natsMessagesOut: 'fleet: messages of a label out of NATS',
  natsBytes: 'fleet: bytes of a label out of NATS',
  announcementNatsUs: 'fleet: an announcement to one member, processor time of nats-server',
  announcementMemberUs: 'fleet: the same of the member that reads it',
} as const;
