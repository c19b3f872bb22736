import type { ImportReport } from '../../../protocol/models.ts';
import { runChild } from './childProcess.ts';

/** What a model costs on one core of this machine, measured in a process that did nothing before. */
export const costInFreshProcess = (dir: string): Promise<ImportReport['cost']> =>
  runChild<ImportReport['cost']>({ type: 'measure', dir }, { timeoutMs: 60_000 });
