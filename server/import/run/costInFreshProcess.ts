import type { ImportReport } from '../../../protocol/models.ts';
import { runChild, startChild } from './childProcess.ts';

const TIMEOUT_MS = 60_000;

/** What a model costs on one core of this machine, measured in a process that did nothing before. */
export const costInFreshProcess = (dir: string): Promise<ImportReport['cost']> =>
  runChild<ImportReport['cost']>({ type: 'measure', dir }, { timeoutMs: TIMEOUT_MS });

/** The same, in a process that starts now: that takes longer than to measure a small model, and an import takes long enough. */
export function prepareCost(): { measure(dir: string): Promise<ImportReport['cost']>; close(): void } {
  const child = startChild();
  // One that has ended in the meantime is not waited for.
  const start = () => (child.exitCode === null && child.signalCode === null ? child : startChild());
  child.on('error', () => {});
  return {
    measure: (dir) => runChild({ type: 'measure', dir }, { timeoutMs: TIMEOUT_MS }, start),
    close: () => void child.kill('SIGKILL'),
  };
}
