import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { isProcessAlive } from '../disk/lock.ts';
import { HOST_MARK } from '../disk/workspaces.ts';
import { readPrivateFile, replacePrivateFile } from './privateFile.ts';

/** The file that a running server leaves next to the secret, by which commands of the same user find it. */
const ServerRecord = v.object({
  /** A random name of this one process. */
  instance: v.pipe(v.string(), v.uuid()),
  pid: v.number(),
  /** Process ids of other machines and containers that share the folder say nothing here. */
  host: v.string(),
  /** An address at which it surely listens itself. */
  url: v.pipe(v.string(), v.url()),
  /** Where a person on this machine opens its page: what is given to a browser is given to this origin and path. */
  pageUrl: v.pipe(v.string(), v.url()),
  /** Whose models it serves; absent where an older version of the product wrote the record. */
  modelsDir: v.optional(v.string()),
});
export type ServerRecord = v.InferOutput<typeof ServerRecord>;

const recordsFolder = (folder: string) => path.join(folder, 'servers');

/** @returns removes the record */
export async function writeServerRecord(
  folder: string,
  { instance, url, pageUrl, modelsDir }: Omit<ServerRecord, 'pid' | 'host'>,
): Promise<() => Promise<void>> {
  const records = recordsFolder(folder);
  await mkdir(records, { recursive: true, mode: 0o700 });
  const fileOf = (of: string) => path.join(records, `${of}.json`);
  // Reading removes the records of dead servers.
  for (const other of await readServerRecords(folder)) {
    // It was killed too, and another process has its id now: in a container each start gets the same id.
    if (other.url === url) await rm(fileOf(other.instance), { force: true });
  }
  const file = fileOf(instance);
  const record: ServerRecord = { instance, pid: process.pid, host: HOST_MARK, url, pageUrl, modelsDir };
  await replacePrivateFile(file, JSON.stringify(record));
  return () => rm(file, { force: true });
}

/** Servers of this installation that run on this machine now; what dead ones left is removed. */
export async function readServerRecords(folder: string): Promise<ServerRecord[]> {
  const records = recordsFolder(folder);
  const names = await readdir(records).catch(() => []);
  const found: ServerRecord[] = [];
  for (const name of names.filter((one) => one.endsWith('.json'))) {
    const file = await readPrivateFile(path.join(records, name)).catch(() => undefined);
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), ServerRecord), file?.text);
    // One that others could have written is believed in nothing.
    if (!parsed.success || file?.isExposed || parsed.output.host !== HOST_MARK) continue;
    if (isProcessAlive(parsed.output.pid)) found.push(parsed.output);
    else await rm(path.join(records, name), { force: true });
  }
  return found;
}

/** The server on record that `address` names by whatever name of this machine, if there is one. */
export function recordAt(records: readonly ServerRecord[], address: string): ServerRecord | undefined {
  const asked = new URL(address);
  if (asked.protocol !== 'http:') return undefined;
  return records.find(({ url }) => {
    const { hostname, port } = new URL(url);
    return port === portOf(asked) && (asked.hostname === hostname || isLoopbackName(asked.hostname));
  });
}

const portOf = ({ port }: URL) => port || '80';

const isLoopbackName = (hostname: string) =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
