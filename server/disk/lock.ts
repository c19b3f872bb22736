import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { explainUnwritable } from './atomic.ts';

/** Who holds a lock, as its file says. */
interface Holder {
  pid: number;
  host: string;
  /** Tells one holding from the next. */
  nonce: string;
}

/** A holder shows by touching its file that it lives. */
const BEAT_MS = 2_000;
/** Age of an untouched file from which its holder is gone, ms; on a network drive its pid says nothing. */
const STALE_MS = 20_000;
const ASK_AGAIN_MS = 50;

/**
 * Runs `work` while nothing else, in this or another process, runs under the same lock file. What a killed process
 * left is taken over.
 * @param options.onWait called once, where another holds the lock
 * @throws Error when another holds the lock for longer than `waitMs`; CodedError `not_writable`; the signal's reason when it
 * aborts during the wait
 */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  { waitMs = 60_000, signal, onWait }: { waitMs?: number; signal?: AbortSignal; onWait?(): void } = {},
): Promise<T> {
  const dir = path.dirname(file);
  const unwritable = (error: unknown) => {
    throw explainUnwritable(error, dir);
  };
  await mkdir(dir, { recursive: true }).catch(unwritable);
  const giveUpAt = performance.now() + waitMs;
  const nonce = randomUUID();
  let isNotified = false;
  while (!(await take(file, nonce).catch(unwritable))) {
    if (await removeIfStale(file).catch(unwritable)) continue;
    if (!isNotified) onWait?.();
    isNotified = true;
    if (performance.now() > giveUpAt) {
      const holder = await readHolder(file);
      throw new Error(
        `Another process${holder ? ` (${holder.pid} on ${holder.host})` : ''} has been changing this model for ` +
          `${Math.round(waitMs / 1000)} s. Try again when it is done. If no such process exists, delete ${file}.`,
      );
    }
    await sleep(ASK_AGAIN_MS, undefined, { signal });
  }
  const beat = setInterval(() => {
    const now = new Date();
    // Should it fail, the file is gone; the end of the work finds that out.
    utimes(file, now, now).catch(() => {});
  }, BEAT_MS);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    if ((await readHolder(file))?.nonce === nonce) await rm(file, { force: true });
  }
}

async function take(file: string, nonce: string): Promise<boolean> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'wx');
  } catch (error) {
    // Windows says EPERM of a file that is about to go.
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST' || (code === 'EPERM' && process.platform === 'win32')) return false;
    throw error;
  }
  try {
    await handle.writeFile(JSON.stringify({ pid: process.pid, host: hostname(), nonce } satisfies Holder));
  } finally {
    await handle.close();
  }
  return true;
}

/**
 * Under a second lock, so that of two processes that find the same stale file one does not remove the other's new one.
 * @returns whether it was
 */
async function removeIfStale(file: string): Promise<boolean> {
  if (!(await isStale(file))) return false;
  const cleanupLock = `${file}.cleanup`;
  // It is held for a moment only: one that is old was left by a kill in just that moment.
  if (((await ageMs(cleanupLock)) ?? 0) > STALE_MS) await rm(cleanupLock, { force: true });
  if (!(await take(cleanupLock, ''))) return false;
  try {
    const wasStale = await isStale(file);
    if (wasStale) await rm(file, { force: true });
    return wasStale;
  } finally {
    await rm(cleanupLock, { force: true });
  }
}

async function isStale(file: string): Promise<boolean> {
  const age = await ageMs(file);
  if (age === undefined) return false;
  if (age > STALE_MS) return true;
  const holder = await readHolder(file);
  return holder !== undefined && holder.host === hostname() && !isProcessAlive(holder.pid);
}

async function ageMs(file: string): Promise<number | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found && Date.now() - found.mtimeMs;
}

/** Undefined where the file is not there, or not written yet. */
async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}

export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it exists and belongs to another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
