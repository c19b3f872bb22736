import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildServiceWorker } from '../../scripts/serviceWorker.ts';
import { ROOT } from './root.ts';

/** A copy of the built pages, of which a test makes another build. */
export interface PagesCopy {
  /** For `ServerOptions`. */
  readonly cwd: string;
  /** Writes a file below the pages; the service worker does not know it before `rebuild`. */
  write(file: string, text: string): Promise<void>;
  /** Changes the page, as a new version would; a server sees it when it is started again. */
  rebuild(change: (html: string) => string): Promise<void>;
  remove(): Promise<void>;
}

export async function copyPages(): Promise<PagesCopy> {
  const cwd = await mkdtemp(path.join(tmpdir(), 'livelens-pages-'));
  const pagesDir = path.join(cwd, 'dist/next');
  await cp(path.join(ROOT, 'dist/next'), pagesDir, {
    recursive: true,
    // They would be sent in place of what a test writes.
    filter: (file) => !file.endsWith('.br'),
  });
  return {
    cwd,
    async write(file, text) {
      const full = path.join(pagesDir, file);
      await mkdir(path.dirname(full), { recursive: true });
      await writeFile(full, text);
    },
    async rebuild(change) {
      const page = path.join(pagesDir, 'index.html');
      await writeFile(page, change(await readFile(page, 'utf8')));
      await buildServiceWorker(pagesDir);
    },
    remove: () => rm(cwd, { recursive: true, force: true }),
  };
}
