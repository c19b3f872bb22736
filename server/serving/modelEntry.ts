import type { ModelInfo } from '../../protocol/messages.ts';
import type { PrecisionReport } from '../../protocol/precision.ts';
import type { ProviderReport, ServedModel } from '../../protocol/providers.ts';
import { Sentence, type Text } from '../../protocol/sentence.ts';
import { modelInfo } from '../../vision/modelInfo.ts';
import type { ModelFolder } from '../library/modelFolder.ts';
import type { VersionRef } from '../library/modelRef.ts';
import { provenanceOf } from '../library/provenanceOf.ts';
import type { LoadedCost } from '../worker/messages.ts';
import { FIRST_RETRY_MS } from './retryWait.ts';

/** What is known of a model. */
export interface ModelEntry {
  readonly id: string;
  /** What serves; undefined where nothing of it does. */
  folder: ModelFolder | undefined;
  /** What was made live: `folder`, or the other one of a pair of float32 and int8. */
  live: ModelFolder | undefined;
  cost: LoadedCost | undefined;
  graphBytes: number;
  isLoaded: boolean;
  /** While it is being loaded. */
  loading: Promise<void> | undefined;
  usedAtMs: number;
  /** When it is offered again, should it fail to load, ms. */
  retryMs: number;
  /** Number of times that its folder was read since the server started. */
  folderReads: number;
  /** What is wrong with what stands in the folder. */
  problem: Text | undefined;
  /** What is behind `problem`, a line each. */
  problemDetails: readonly string[] | undefined;
  /** The version that `problem` is of, where it could be read. */
  refused: string | undefined;
  trying: 'loading' | 'trial' | undefined;
  /** Of the files that were read last; they are read again when it changes. */
  signature: string;
}

export const newEntry = (id: string): ModelEntry => ({
  id,
  folder: undefined,
  live: undefined,
  cost: undefined,
  graphBytes: 0,
  isLoaded: false,
  loading: undefined,
  usedAtMs: Number.NEGATIVE_INFINITY,
  retryMs: FIRST_RETRY_MS,
  folderReads: 0,
  problem: undefined,
  problemDetails: undefined,
  refused: undefined,
  trying: undefined,
  signature: '',
});

/** Details of a model for people. */
export function detailsOf(
  entry: ModelEntry,
  providersOf: (model: VersionRef) => ProviderReport[] | undefined = () => undefined,
  precisionOf: (live: ModelFolder, serving: ModelFolder) => PrecisionReport | undefined = () => undefined,
): ServedModel {
  const { id, folder, live, cost, problem, problemDetails, graphBytes } = entry;
  const manifest = folder?.manifest;
  const providers = folder && providersOf({ id, version: folder.version });
  const precision = folder && live && precisionOf(live, folder);
  const state = entry.trying ?? (folder === undefined ? 'broken' : entry.isLoaded ? 'live' : 'unloaded');
  const info: ModelInfo = folder
    ? modelInfo(folder)
    : {
        id,
        version: '',
        name: id,
        task: '',
        labels: [],
        input: { width: 0, height: 0, fit: 'stretch' },
        minScore: { floor: 0, default: 0 },
      };
  return {
    ...info,
    state,
    problem: problem === undefined ? undefined : String(problem),
    ...(problem instanceof Sentence && { problemSentence: problem.toJSON() }),
    ...(problem !== undefined && problemDetails && { problemDetails: [...problemDetails] }),
    refused: problem === undefined ? undefined : entry.refused,
    graphBytes,
    inferMs: cost?.inferMs,
    memoryBytes: cost?.memoryBytes,
    license: manifest?.license.spdx ?? '',
    source: manifest?.provenance.source ?? '',
    goldens: {
      count: manifest?.goldens.length ?? 0,
      recordedBy: cost?.recordedBy,
      largestDifference: cost?.recordedBy === undefined ? undefined : cost.largestDifference,
    },
    ...(manifest?.words && { looksForWords: true }),
    ...(providers && { providers }),
    ...(precision && { precision }),
    versions: folder ? [{ version: folder.version, ...provenanceOf(folder.manifest) }] : [],
  };
}
