import type { ImportOptions, Verification } from '../../../protocol/models.ts';
import type { ScoreReport } from '../../../protocol/score.ts';
import { createSemaphore } from '../../limits/semaphore.ts';
import type { HalfGraphFiles, HalfTask } from '../half/makeHalfGraphs.ts';
import type { Sample } from '../pictures/samplePictures.ts';
import type { Quantized, QuantizeTask } from '../quantize/quantizeVersion.ts';
import type { ScoreTask } from '../score/scoreVersions.ts';
import type { SourceFiles } from '../sources/sourceFiles.ts';
import type { MadeThingsModel, ThingsModelTask } from '../things/makeThingsModel.ts';
import type { WithWords, WordsTask } from '../words/changeWords.ts';
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

/** Calibrating a large model on many pictures takes minutes. */
const QUANTIZE_TIMEOUT_MS = 30 * 60_000;

/**
 * `quantizeVersion` in a process of its own.
 * @throws ImportError; the signal's reason when it aborts
 */
export const runQuantize = (task: QuantizeTask, limits: ChildLimits = {}): Promise<Quantized> =>
  runChild<Quantized>({ type: 'quantize', ...task }, { timeoutMs: QUANTIZE_TIMEOUT_MS, ...limits });

/**
 * `changeWords` in a process of its own.
 * @throws ImportError; the signal's reason when it aborts
 */
export const runChangeWords = (task: WordsTask, limits: ChildLimits = {}): Promise<WithWords> =>
  runChild<WithWords>({ type: 'words', ...task }, limits);

/**
 * `scoreVersions` in a process of its own. It may take as long as it has pictures.
 * @throws ImportError; the signal's reason when it aborts
 */
export const runScore = (task: ScoreTask, limits: ChildLimits = {}): Promise<ScoreReport> =>
  runChild<ScoreReport>({ type: 'score', ...task }, limits);

/** A graph of a gigabyte, with its goldens, on a busy machine. */
const HALF_TIMEOUT_MS = 120_000;

/** Each takes twice the size of a graph. */
const halves = createSemaphore(1);

/**
 * `makeHalfGraphs` in a process of its own. One at a time.
 * @returns the paths of the graphs by their names, without those that would not be smaller
 * @throws Error that says why there are none, such as goldens that do not agree; the signal's reason when it aborts
 */
export const runHalf = (task: HalfTask, signal: AbortSignal): Promise<Readonly<Record<string, string>>> =>
  halves.run(async () => {
    const made = await runChild<HalfGraphFiles>(
      { type: 'half', ...task },
      { timeoutMs: HALF_TIMEOUT_MS, signal },
    );
    if ('why' in made) throw new Error(made.why);
    return made.files;
  });

/**
 * `makeThingsModel` in a process of its own: it decodes pictures, and runs graphs.
 * @throws ImportError `importer_died`, also where it cannot be made; the signal's reason when it aborts
 */
export const runThingsModel = (task: ThingsModelTask, limits: ChildLimits = {}): Promise<MadeThingsModel> =>
  runChild<MadeThingsModel>({ type: 'things', ...task }, limits);
