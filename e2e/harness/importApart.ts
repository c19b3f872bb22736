import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ROOT } from './root.ts';

/**
 * Calls a helper of the importer's tests in a process of its own: the importer forbids its own one to read pictures from files,
 * as footage and other tests of the same worker do.
 * @param file in `server/import/testing`, with an exported function of that name
 */
export async function importApart<Helper extends (...args: never[]) => Promise<void>>(
  file: string,
  name: string,
  ...args: Parameters<Helper>
): Promise<void> {
  const script = `
    const helpers = await import('./server/import/testing/${file}');
    await helpers.${name}(...JSON.parse(process.argv[1]));`;
  const flags = ['--import', 'tsx', '--input-type=module', '-e', script, JSON.stringify(args)];
  await promisify(execFile)(process.execPath, flags, { cwd: ROOT });
}
