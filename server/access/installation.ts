import { randomBytes } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPrivateFile, openPrivateFolder, readPrivateFile } from './privateFile.ts';

/**
 * What all servers and commands of one user on one machine have in common: a secret that no one else can read. Who knows
 * it is the owner of the installation.
 */
export interface Installation {
  /** 32 random bytes. */
  readonly secret: Buffer;
  /** Where the secret and the records of running servers are; absent: the secret is in this process's memory only. */
  readonly folder?: string;
  /** Why it is not on the disk, or what was put right there; for the log. */
  readonly note?: string;
}

const SECRET_BYTES = 32;
const SECRET = /^[A-Za-z0-9_-]{43}$/;
/** Another process may be about to write the secret, on a file system where that is not one step. */
const READ_TRIES = 20;
const READ_PAUSE_MS = 25;

const secretFile = (folder: string) => path.join(folder, 'secret');

/**
 * Reads the secret of this installation, and makes it at the first start. Where the folder cannot be used (a container
 * that may not write, say), the secret lasts as long as the process.
 */
export async function openInstallation(folder: string): Promise<Installation> {
  try {
    await openPrivateFolder(folder);
    return await readOrCreate(folder);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { secret: randomBytes(SECRET_BYTES), note: `${folder} cannot be used: ${why}` };
  }
}

/**
 * For a command: never writes.
 * @returns undefined where no server of this user has made a secret yet
 * @throws Error where it cannot be read, or others can read it
 */
export async function readInstallation(folder: string): Promise<Installation | undefined> {
  const file = await readPrivateFile(secretFile(folder));
  if (file === undefined || !SECRET.test(file.text)) return undefined;
  if (file.isExposed) {
    throw new Error(
      `${secretFile(folder)} can be read by others. Restart the server: it makes a new secret in its place.`,
    );
  }
  return { secret: Buffer.from(file.text, 'base64url'), folder };
}

async function readOrCreate(folder: string): Promise<Installation> {
  const file = secretFile(folder);
  let note: string | undefined;
  for (let tries = 0; tries < READ_TRIES; tries++) {
    const found = await readPrivateFile(file);
    if (found === undefined) {
      await createPrivateFile(file, randomBytes(SECRET_BYTES).toString('base64url'));
      continue;
    }
    const isWhole = SECRET.test(found.text);
    if (isWhole && !found.isExposed) {
      return { secret: Buffer.from(found.text, 'base64url'), folder, ...(note !== undefined && { note }) };
    }
    if (isWhole || tries > READ_TRIES / 2) {
      // Who could read it may know it. Of several servers that find this out at the same time, one makes the new secret.
      note = `${file} could be read by others, or was damaged: it has been replaced, and rights given before are void`;
      await unlink(file).catch(() => {});
    } else {
      await sleep(READ_PAUSE_MS);
    }
  }
  throw new Error('its secret cannot be read');
}
