import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, rename, rm, stat, unlink } from 'node:fs/promises';
import path from 'node:path';

/** Files of this user alone. On Windows the folder's access list, inherited from the profile, keeps others out. */

/** Rights of the group and of others. */
const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;
const hasModes = process.platform !== 'win32';
/** The file system knows no hard links: FAT, some network drives. */
const WITHOUT_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined;

/**
 * Makes a folder that only this user can read.
 * @throws Error where it cannot be made, or where others may write in one that is there: they could replace its files
 */
export async function openPrivateFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (!hasModes) return;
  // A wide umask does not widen 0700, a narrow one may leave it unusable.
  if (made !== undefined) await chmod(folder, 0o700);
  const { mode, uid } = await stat(folder);
  if (uid !== process.getuid?.()) throw new Error('it belongs to another user');
  if ((mode & OTHERS_WRITE) !== 0) throw new Error(`others may write there; "chmod 700 ${folder}" ends that`);
}

export interface PrivateFile {
  text: string;
  /** Somebody else than this user can read it. */
  isExposed: boolean;
}

/** @returns undefined where there is none; @throws Error where it cannot be read or is another user's */
export async function readPrivateFile(file: string): Promise<PrivateFile | undefined> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  try {
    // Checked on what was opened, so that no one can replace the file between the two steps.
    const { mode, uid } = await handle.stat();
    if (hasModes && uid !== process.getuid?.()) throw new Error(`${file} belongs to another user`);
    return { text: await handle.readFile('utf8'), isExposed: hasModes && (mode & OTHERS) !== 0 };
  } finally {
    await handle.close();
  }
}

/**
 * Writes a file unless there is one already, whole or not at all: of several processes that do so at the same time, one succeeds.
 * @returns whether it was this one
 */
export async function createPrivateFile(file: string, text: string): Promise<boolean> {
  const temporary = await writeTemporary(file, text);
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (!WITHOUT_LINKS.has(codeOf(error) ?? '')) throw error;
    return await writeNew(file, text);
  } finally {
    await unlink(temporary);
  }
}

/** Puts a file in the place of what was there, whole or not at all. */
export async function replacePrivateFile(file: string, text: string): Promise<void> {
  const temporary = await writeTemporary(file, text);
  try {
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeTemporary(file: string, text: string): Promise<string> {
  const name = `.${path.basename(file)}.${randomBytes(6).toString('hex')}`;
  const temporary = path.join(path.dirname(file), name);
  try {
    await writeNew(temporary, text);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return temporary;
}

async function writeNew(file: string, text: string): Promise<boolean> {
  const handle = await open(file, 'wx', 0o600).catch((error: unknown) => {
    if (codeOf(error) === 'EEXIST') return undefined;
    throw error;
  });
  if (handle === undefined) return false;
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return true;
}
