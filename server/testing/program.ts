import path from 'node:path';
import { fileURLToPath } from 'node:url';

const isBundled = !import.meta.url.endsWith('.ts');

/**
 * Arguments of node that start a program of the server as a process: its bundle where the tests are bundled, else its source.
 * @param bundle name in scripts/bundleTests.ts
 * @param source path in the repository
 */
export function program(bundle: string, source: string): string[] {
  if (isBundled) return [fileURLToPath(new URL(`${bundle}.js`, import.meta.url))];
  // Absolute: commands run in folders that have no packages.
  return ['--import', import.meta.resolve('tsx'), path.resolve(source)];
}
