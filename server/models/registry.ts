import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { CodedError } from '../../protocol/errors.ts';
import type { ModelInfo } from '../../protocol/messages.ts';
import type { Log } from '../telemetry/log.ts';
import type { LoadedModel } from '../worker/messages.ts';
import { type ModelFolder, readModelFolder } from './modelFolder.ts';

/** The models that this server knows. */
export interface ModelRegistry {
  /** All folders that are in order, by id. */
  readonly folders: readonly ModelFolder[];
  /** Models that were loaded and proven, in order of id; the first is the default. */
  readonly serving: readonly ModelFolder[];
  /** Takes over what a worker found when it loaded the models: those that failed do not serve. */
  settle(loaded: readonly LoadedModel[]): void;
  /**
   * The model that a client asked for, or the default.
   * @throws CodedError `unknown_model`, or `not_ready` while nothing serves
   */
  find(id: string | undefined): ModelFolder;
}

/** Reads all folders below `modelsDir` that hold a manifest. A broken one is reported and skipped. */
export async function openModelRegistry(modelsDir: string, log: Log): Promise<ModelRegistry> {
  const entries = await readdir(modelsDir, { withFileTypes: true });
  const dirs = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(modelsDir, entry.name))
    .sort();
  const folders = (
    await Promise.all(
      dirs.map(async (dir) => {
        try {
          return [await readModelFolder(dir)];
        } catch (error) {
          // A folder without a manifest is not a model.
          if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
          log.error({ dir, error: messageOf(error) }, 'model folder skipped');
          return [];
        }
      }),
    )
  ).flat();
  let serving: readonly ModelFolder[] = [];

  return {
    folders,
    get serving() {
      return serving;
    },
    settle(loaded) {
      for (const model of loaded) {
        if (!model.ok) log.error({ model: model.id, why: model.why }, 'model does not serve');
      }
      serving = folders.filter(({ manifest }) =>
        loaded.some((model) => model.ok && model.id === manifest.id),
      );
    },
    find(id) {
      const [first] = serving;
      if (first === undefined) {
        throw new CodedError('not_ready', 'No model serves yet. Try again in a moment.');
      }
      if (id === undefined) return first;
      const found = serving.find(({ manifest }) => manifest.id === id);
      if (found) return found;
      const known = serving.map(({ manifest }) => manifest.id).join(', ');
      throw new CodedError('unknown_model', `There is no model "${id}". Models here: ${known}.`);
    },
  };
}

/** What clients are told of a model. */
export function modelInfo({ manifest, version, labels }: ModelFolder): ModelInfo {
  const { id, name, task, multiLabel, minScore } = manifest;
  const { width, height, fit, crop } = manifest.input;
  const input = { width, height, fit, crop };
  return { id, version, name, task, multiLabel, labels: [...labels], input, minScore };
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
