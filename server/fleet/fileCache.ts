import { randomBytes } from 'node:crypto';
import { copyFile, link, mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { sha256Of } from '../disk/sha256Of.ts';

/** Files by their SHA-256 in one folder of this machine, which several processes may share. */
export interface FileCache {
  /** Puts a file in its place, if it is here and still what its name says. */
  take(sha256: string, target: string): Promise<boolean>;
  /** A file of another name in the same folder, to be written and then kept. */
  newFile(): Promise<string>;
  /** Keeps a file that `newFile` gave, whose content was checked. */
  keep(file: string, sha256: string): Promise<void>;
  /** Removes one that is not kept. */
  discard(file: string): Promise<void>;
  /** Removes what was used longest ago, until the rest is within the bound. */
  trim(): Promise<void>;
}

const isHash = (name: string) => /^[0-9a-f]{64}$/.test(name);
const PART = '.part';
/** A file that is still being written after this time was left by a process that was killed, ms. */
const ABANDONED_MS = 3_600_000;

export function openFileCache(dir: string, maxBytes: number): FileCache {
  return {
    async take(sha256, target) {
      const file = path.join(dir, sha256);
      const found = await sha256Of(file).catch(() => undefined);
      if (found === undefined) return false;
      if (found !== sha256) {
        await rm(file, { force: true });
        return false;
      }
      const now = new Date();
      await utimes(file, now, now).catch(() => {});
      await linkOrCopy(file, target);
      return true;
    },
    async newFile() {
      await mkdir(dir, { recursive: true });
      return path.join(dir, `${randomBytes(8).toString('hex')}${PART}`);
    },
    keep: (file, sha256) => rename(file, path.join(dir, sha256)),
    discard: (file) => rm(file, { force: true }),
    async trim() {
      const files: { file: string; bytes: number; usedAtMs: number }[] = [];
      for (const name of await readdir(dir).catch((): string[] => [])) {
        const file = path.join(dir, name);
        const found = await stat(file).catch(() => undefined);
        if (found === undefined) continue;
        if (isHash(name)) files.push({ file, bytes: found.size, usedAtMs: found.mtimeMs });
        else if (name.endsWith(PART) && Date.now() - found.mtimeMs > ABANDONED_MS)
          await rm(file, { force: true });
      }
      let total = 0;
      for (const { file, bytes } of files.sort((a, b) => b.usedAtMs - a.usedAtMs)) {
        total += bytes;
        if (total > maxBytes) await rm(file, { force: true });
      }
    },
  };
}

/** No second copy where the file system can name a file twice: no one writes into a version. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}
