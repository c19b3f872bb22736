import { spawn } from 'node:child_process';
import { ROOT } from './root.ts';

/** Builds the product once before the tests, as `npm run build` does; nothing happens where nothing changed. */
export default function build(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/build.ts'], {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`The build failed (exit ${code}).`)),
    );
  });
}
