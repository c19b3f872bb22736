import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { processTree } from '../processTree.ts';

const Varz = v.object({
  in_msgs: v.number(),
  out_msgs: v.number(),
  in_bytes: v.number(),
  out_bytes: v.number(),
});

/** What a NATS server has done since it began. */
export interface NatsUse {
  readonly cpuMs: number;
  /** Messages that came from clients, and that went to them. */
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Reads it from `/varz` and `/proc`. */
export async function natsUse(monitorPort: number, pidFile: string): Promise<NatsUse> {
  const [varz, { cpuMs }] = await Promise.all([
    fetch(`http://127.0.0.1:${monitorPort}/varz`).then(async (reply) => v.parse(Varz, await reply.json())),
    readFile(pidFile, 'utf8').then((pid) => processTree(Number(pid))),
  ]);
  return {
    cpuMs,
    messagesIn: varz.in_msgs,
    messagesOut: varz.out_msgs,
    bytesIn: varz.in_bytes,
    bytesOut: varz.out_bytes,
  };
}
