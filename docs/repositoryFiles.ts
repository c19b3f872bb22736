import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder; absolute. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What a build, a test run, a package manager or version control leaves; never a source. */
const NO_SOURCES = new Set([
  'node_modules',
  'dist',
  '.git',
  '.next',
  'test-results',
  '.incoming',
  '__pycache__',
  '.ruff_cache',
]);

/** Files of the repository as people wrote them; relative to its root, with `/` on every system. */
export async function repositoryFiles(folder = ''): Promise<string[]> {
  const entries = await readdir(path.join(ROOT, folder), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (NO_SOURCES.has(entry.name)) return [];
      return entry.isDirectory() ? repositoryFiles(name) : [name];
    }),
  );
  return found.flat();
}
