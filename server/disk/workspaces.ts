import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { explainUnwritable } from './atomic.ts';
import { isProcessAlive } from './lock.ts';

/** A folder for work in progress, on the same file system as the models. */
export interface Workspace {
  readonly dir: string;
  /** Removes it with all that is in it. Idempotent. */
  close(): Promise<void>;
}

/** Below the models' folder; no model can have this name. */
const INCOMING = '.incoming';
const ABANDONED_MS = 24 * 3_600_000;
/** Folders of other machines on the same drive are known by it: their process ids say nothing here. */
export const HOST_MARK = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
const ours = new Set<string>();

export const incomingDir = (modelsDir: string): string => path.join(modelsDir, INCOMING);

/** @throws CodedError `not_writable` */
export async function openWorkspace(modelsDir: string): Promise<Workspace> {
  const name = `${HOST_MARK}-${process.pid}-${randomBytes(6).toString('hex')}`;
  const dir = path.join(incomingDir(modelsDir), name);
  // Known before it is there: a cleanup at the same moment must not take it for one.
  ours.add(name);
  try {
    await mkdir(dir, { recursive: true });
  } catch (error) {
    ours.delete(name);
    throw explainUnwritable(error, modelsDir);
  }
  return {
    dir,
    async close() {
      await rm(dir, { recursive: true, force: true, maxRetries: 5 });
      ours.delete(name);
    },
  };
}

/**
 * Removes what processes left that were killed in the middle.
 * @param onLeft called with what cannot be removed, and why
 */
export async function removeAbandoned(modelsDir: string, onLeft: (what: string) => void): Promise<void> {
  const entries = await readdir(incomingDir(modelsDir)).catch((): string[] => []);
  for (const name of entries) {
    const [host, pid] = name.split('-');
    // Not all that lies here is a workspace: the locks do, too.
    if (pid === undefined || !/^\d+$/.test(pid) || ours.has(name)) continue;
    const full = path.join(incomingDir(modelsDir), name);
    const found = await stat(full).catch(() => undefined);
    if (found === undefined) continue;
    const isOrphaned = host === HOST_MARK && (Number(pid) === process.pid || !isProcessAlive(Number(pid)));
    if (isOrphaned || Date.now() - found.mtimeMs > ABANDONED_MS) {
      await rm(full, { recursive: true, force: true, maxRetries: 5 }).catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        onLeft(`${full} was left by a process that was killed, and cannot be removed: ${why}`);
      });
    }
  }
}
