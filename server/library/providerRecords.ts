import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { messageOf } from '../../protocol/errors.ts';
import { writeFileAtomically } from '../disk/atomic.ts';
import type { Log } from '../telemetry/log.ts';

/** What a trial of an accelerator, or of an int8 version, said. */
const ProviderRecord = v.variant('kind', [
  v.object({
    kind: v.literal('raced'),
    times: v.object({
      providerMs: v.number(),
      providerWideMs: v.optional(v.number()),
      narrowMs: v.number(),
      wideMs: v.number(),
      batches: v.optional(
        v.object({
          sizes: v.pipe(v.array(v.object({ size: v.number(), ms: v.number() })), v.readonly()),
          why: v.optional(v.string()),
        }),
      ),
    }),
  }),
  v.object({ kind: v.literal('refused'), why: v.string() }),
]);
export type ProviderRecord = v.InferOutput<typeof ProviderRecord>;

/** What trials of accelerators said, from start to start. */
export interface ProviderRecords {
  get(key: string): ProviderRecord | undefined;
  /** Never rejects: what cannot be kept is found out again at the next start. */
  set(key: string, record: ProviderRecord): Promise<void>;
}

/** The oldest go. */
const MAX_RECORDS = 500;
const Records = v.array(v.tuple([v.string(), ProviderRecord]));

/** @param folder of this user on this machine; undefined where nothing can be kept: then they last as long as the process */
export async function openProviderRecords(folder: string | undefined, log: Log): Promise<ProviderRecords> {
  const file = folder && path.join(folder, 'provider-trials.json');
  const records = new Map(file ? await read(file) : []);
  return {
    get: (key) => records.get(key),
    async set(key, record) {
      records.delete(key);
      records.set(key, record);
      if (file === undefined) return;
      try {
        // Of other servers of this user, too.
        const all = [...new Map([...(await read(file)), [key, record]])];
        await writeFileAtomically(file, `${JSON.stringify(all.slice(-MAX_RECORDS), null, 1)}\n`);
      } catch (error) {
        log.debug({ error: messageOf(error) }, 'the trial of an accelerator is not kept');
      }
    },
  };
}

async function read(file: string): Promise<v.InferOutput<typeof Records>> {
  try {
    return v.parse(Records, JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // None yet, or broken: trials are repeated.
    return [];
  }
}
