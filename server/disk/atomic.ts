import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '../../protocol/errors.ts';

/** Writes a whole file or nothing: to a temporary file next to it, synced, then renamed. */
export async function writeFileAtomically(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await moveInto(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Renames, and makes sure that the name outlives a power cut. Both sides are of one file system. */
export async function moveInto(from: string, to: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await rename(from, to);
      break;
    } catch (error) {
      // A virus scanner or a reader on Windows keeps a file for a moment.
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (process.platform !== 'win32' || !(code === 'EPERM' || code === 'EBUSY' || code === 'EACCES')) {
        throw error;
      }
      if (tries === 10) throw error;
      await sleep(50 * tries);
    }
  }
  await syncFolder(path.dirname(to));
}

/** Brings all files below a folder down to the disk. */
export async function syncFilesBelow(dir: string): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true, recursive: true })) {
    const full = path.join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await syncFolder(full);
    if (!entry.isFile()) continue;
    const handle = await open(full, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
  await syncFolder(dir);
}

async function syncFolder(dir: string): Promise<void> {
  // Windows opens no folders, and syncs names without being asked.
  if (process.platform === 'win32') return;
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const UNWRITABLE: Readonly<Record<string, string>> = {
  EROFS: 'the file system is read-only. Mount it writable, or set MODELS_DIR to a writable folder',
  EACCES: 'this user has no permission. Grant it, or set MODELS_DIR to a folder of this user',
  EPERM: 'this user has no permission. Grant it, or set MODELS_DIR to a folder of this user',
  ENOSPC: 'the disk is full. Free some space',
  EDQUOT: 'the disk quota of this user is used up. Free some space',
};

/** What a failed writing in `dir` is for a reader, where it is the disk that said no; else the error as it is. */
export function explainUnwritable(error: unknown, dir: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const why = UNWRITABLE[code];
  if (why === undefined) return error;
  return new CodedError('not_writable', `Cannot write to ${dir}: ${why}.`, { cause: error });
}

export async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
