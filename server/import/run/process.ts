import type { ImportOptions, Verification } from '../../../protocol/models.ts';
import type { Sample } from '../pictures/samplePictures.ts';
import type { SourceFiles } from '../sources/sourceFiles.ts';
import { type ChildLimits, runChild } from './childProcess.ts';
import type { Imported } from './importModel.ts';

/**
 * `importModel` in a process of its own, whose memory and time are bounded.
 * @throws ImportError; the signal's reason when it aborts
 */
export const runImport = (
  source: SourceFiles,
  options: ImportOptions,
  { stagingDir, samples, ...limits }: ChildLimits & { stagingDir: string; samples?: readonly Sample[] },
): Promise<Imported> => runChild<Imported>({ type: 'import', source, options, stagingDir, samples }, limits);

/**
 * `verifyFolder` in a process of its own.
 * @param dir a model folder, `models/<id>`
 * @throws ImportError `importer_died`, also for a broken folder; the signal's reason when it aborts
 */
export const runVerify = (dir: string, limits: ChildLimits = {}): Promise<Verification> =>
  runChild<Verification>({ type: 'verify', dir }, limits);
