import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { messageOf } from '../protocol/errors.ts';
import type { Config } from './config/config.ts';
import { stageFolder } from './import/service/stageFolder.ts';
import { createModelStore } from './library/store.ts';
import type { Log } from './telemetry/log.ts';

/** The models directory of this process. */
export interface OpenModelsDir {
  readonly modelsDir: string;
  /** Removes it where it was made for this process. Idempotent. */
  close(): Promise<void>;
}

/**
 * Where the models are that a platform gave: a folder of several models is used as it is; of a single one, which the platform
 * may have made read-only, a models directory is made. An empty folder counts as none.
 * @throws Error that names the folder where its model cannot be used
 */
export async function openModelsDir(
  { modelFolder, modelsDir, limits }: Pick<Config, 'modelFolder' | 'modelsDir' | 'limits'>,
  log: Log,
): Promise<OpenModelsDir> {
  const close = async () => {};
  if (modelFolder === undefined) return { modelsDir, close };
  const files = await readdir(modelFolder).catch((): string[] => []);
  if (files.length === 0) return { modelsDir, close };
  if ((await createModelStore(modelFolder).ids()).length > 0) return { modelsDir: modelFolder, close };
  const made = await mkdtemp(path.join(tmpdir(), 'livelens-models-'));
  const remove = () => rm(made, { recursive: true, force: true });
  try {
    const store = createModelStore(made);
    const workspace = await store.stage();
    const { id, stagedDir } = await stageFolder(modelFolder, workspace.dir, {
      maxBytes: limits.maxModelBytes,
    });
    const { version } = await store.activate(id, stagedDir);
    await workspace.close();
    log.info({ folder: modelFolder, model: id, version }, 'model of the platform taken over');
  } catch (error) {
    await remove();
    throw new Error(`The model in ${modelFolder} cannot be served: ${messageOf(error)}`, { cause: error });
  }
  return { modelsDir: made, close: remove };
}
