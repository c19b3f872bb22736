import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { CodedError } from '../../../protocol/errors.ts';
import { Sentence, type Text } from '../../../protocol/sentence.ts';
import { ImportError } from '../../import/importError.ts';
import type { Imports } from '../../import/service/imports.ts';
import { stageFolder } from '../../import/service/stageFolder.ts';
import { graphBytesOf } from '../../library/graphBytes.ts';
import { graphFilesIn } from '../../library/modelFolder.ts';
import { readStagedVersion } from '../../library/stagedVersion.ts';
import type { ModelStore } from '../../library/store.ts';
import type { ModelRegistry } from '../../serving/registry.ts';
import { guessBytes } from '../../serving/residency.ts';
import type { Log } from '../../telemetry/log.ts';

/** A model as the platform knows it. */
interface ModelEntry {
  readonly modelName: string;
  readonly modelUrl: string;
}

/** Models that a platform has loaded by names of its own. They are models of this server, too, with ids made of those names. */
export interface LoadedModels {
  /** @throws CodedError `conflict` where it is loaded, `no_memory`, `bad_request` where there is no model that works */
  load(name: string, url: string): Promise<ModelEntry>;
  /** @param after the token of the answer before. @throws CodedError `bad_request` for another */
  list(after: string | undefined): { models: ModelEntry[]; nextPageToken?: string };
  /** @throws CodedError `not_found` */
  find(name: string): { id: string; info: ModelEntry };
  /** @throws CodedError `not_found` */
  unload(name: string): Promise<ModelEntry>;
}

export interface LoadedModelsOptions {
  store: ModelStore;
  models: Pick<ModelRegistry, 'details'>;
  imports: Pick<Imports, 'changes'>;
  maxModelBytes: number;
  /** What all models may take in one worker. */
  maxMemoryBytes: number;
  /** Models come from folders below it; undefined: from any, for clients that have shown proof. */
  root: string | undefined;
  log: Log;
}

/** Begins the ids of such models. What a process before this one left under it is removed: the platform loads models again. */
const PREFIX = 'platform-';
const PAGE = 100;

export function createLoadedModels(options: LoadedModelsOptions): LoadedModels {
  const { store, models, imports, maxMemoryBytes, maxModelBytes, log } = options;
  const loaded = new Map<string, ModelEntry>();
  /** Those that are being loaded or unloaded. */
  const changing = new Set<string>();
  let cleaned: Promise<void> | undefined;

  async function removeLeft(): Promise<void> {
    for (const id of await store.ids()) if (id.startsWith(PREFIX)) await imports.changes.remove(id);
  }

  /** Without room the platform is to know, rather than that another of its models is unloaded for this one. */
  async function assertRoom(stagedDir: string): Promise<void> {
    const { manifest } = await readStagedVersion(stagedDir);
    const bytes = guessBytes(await graphBytesOf({ graphFiles: graphFilesIn(stagedDir, manifest) }));
    const used = models
      .details()
      .filter(({ id }) => id.startsWith(PREFIX))
      .reduce((sum, { memoryBytes, graphBytes }) => sum + (memoryBytes ?? guessBytes(graphBytes)), 0);
    if (used + bytes > maxMemoryBytes)
      throw noMemory(`${bytes} bytes more than ${used} in use would be needed`);
  }

  async function activate(name: string, url: string): Promise<void> {
    const folder = await folderOf(url, options.root);
    const workspace = await store.stage();
    try {
      const { stagedDir } = await stageFolder(folder, workspace.dir, { maxBytes: maxModelBytes });
      await assertRoom(stagedDir);
      const result = await imports.changes.activate(idOf(name), stagedDir, { name: name.slice(0, 100) });
      if (!result.ok) throw refused(result.why);
    } finally {
      await workspace.close();
    }
  }

  function find(name: string): { id: string; info: ModelEntry } {
    const info = loaded.get(name);
    if (info) return { id: idOf(name), info };
    throw new CodedError('not_found', `Model "${name.slice(0, 80)}" is not loaded.`);
  }

  return {
    find,
    async load(name, url) {
      if (loaded.has(name) || changing.has(name)) {
        throw new CodedError('conflict', `Model "${name.slice(0, 80)}" is loaded.`);
      }
      changing.add(name);
      try {
        cleaned ??= removeLeft();
        await cleaned;
        await activate(name, url);
      } catch (error) {
        throw explained(error);
      } finally {
        changing.delete(name);
      }
      const info = { modelName: name, modelUrl: url };
      loaded.set(name, info);
      log.info({ model: idOf(name) }, 'model loaded by the platform');
      return info;
    },
    list(after) {
      const { names, next } = pageOf([...loaded.keys()], after);
      return {
        models: names.flatMap((name) => loaded.get(name) ?? []),
        ...(next !== undefined && { nextPageToken: next }),
      };
    },
    async unload(name) {
      const { id, info } = find(name);
      // No more pictures for it, even while it goes.
      loaded.delete(name);
      changing.add(name);
      try {
        await imports.changes.remove(id);
      } finally {
        changing.delete(name);
      }
      log.info({ model: id }, 'model unloaded by the platform');
      return info;
    },
  };
}

/**
 * Names in order, from those on that stand behind `after`; `next` is the token of the page behind them. A page stays right where
 * models come and go in between.
 * @throws CodedError `bad_request` for a token that is none
 */
export function pageOf(
  all: readonly string[],
  after: string | undefined,
): { names: string[]; next?: string } {
  const from = after === undefined ? '' : nameIn(after);
  const left = all.filter((name) => name > from).sort();
  const names = left.slice(0, PAGE);
  const last = names.at(-1);
  return {
    names,
    ...(last !== undefined && left.length > PAGE && { next: Buffer.from(last).toString('base64url') }),
  };
}

/** A name may be any text, an id may not. */
const idOf = (name: string): string => PREFIX + createHash('sha256').update(name).digest('hex').slice(0, 24);

function nameIn(token: string): string {
  const name = Buffer.from(token, 'base64url').toString('utf8');
  if (name !== '' && Buffer.from(name).toString('base64url') === token) return name;
  throw new CodedError('bad_request', 'next_page_token: the nextPageToken of an answer expected.');
}

/** @throws CodedError `bad_request` */
async function folderOf(url: string, root: string | undefined): Promise<string> {
  const given = url.startsWith('file://') ? url.slice('file://'.length) : url;
  if (!path.isAbsolute(given)) throw new CodedError('bad_request', '"url": the path of a folder expected.');
  const found = await realpath(given).catch((cause: unknown) => {
    throw new CodedError('bad_request', '"url": there is no such folder.', { cause });
  });
  if (root === undefined) return found;
  const real = await realpath(root).catch(() => root);
  if (found.startsWith(real + path.sep)) return found;
  throw new CodedError('bad_request', `"url": a folder below ${root} expected.`);
}

const noMemory = (why: Text) =>
  new CodedError('no_memory', `There is no memory for this model: ${why}. Unload another model first.`);

const refused = (why: Text): CodedError =>
  why instanceof Sentence && why.code === 'no_room' ? noMemory(why) : unusable(why);

const unusable = (why: Text, cause?: unknown) =>
  new CodedError('bad_request', `The model cannot be loaded: ${why}`, { cause });

/** What is wrong with a model is no error of this server. */
function explained(error: unknown): unknown {
  if (error instanceof CodedError) return error;
  if (error instanceof ImportError) return unusable(error.text, error);
  return error;
}
