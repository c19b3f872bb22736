import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { CodedError } from '../../protocol/errors.ts';
import type { ContentFile, DeviceModel } from '../../vision/deviceModel.ts';
import { graphsOf, MAIN_GRAPH } from '../../vision/manifest.ts';
import { Golden } from '../../vision/tasks/taskOf.ts';
import { createFileHashes, type HashedFile } from '../library/hashedFiles.ts';
import { type ModelFolder, readModelFolder } from '../library/modelFolder.ts';
import type { ModelStore } from '../library/store.ts';
import type { HalfGraphs, HashedGraphs } from './halfGraphs.ts';
import type { ModelRegistry } from './registry.ts';

/** What devices get, so that they can run a model without the server. */
export interface DeviceModels {
  /**
   * The version that serves, or the float32 version where an int8 version of it does; its graphs with float16 weights where there are
   * such.
   * @throws CodedError `unknown_model`, `not_ready`
   */
  describe(id: string): Promise<DeviceModel>;
  /**
   * A graph or a golden picture of the version that serves, or of one that is kept for a rollback; graphs with float16 weights as long
   * as they are kept.
   * @throws CodedError `unknown_model`, `not_ready`, `not_found`
   */
  file(id: string, sha256: string): Promise<HashedFile>;
}

/** What does not change as long as a version serves. */
type Described = Omit<DeviceModel, 'goldens'> & {
  goldens: readonly (DeviceModel['goldens'][number] & { name: string })[];
};

export function createDeviceModels({
  models,
  store,
  halves,
}: {
  models: Pick<ModelRegistry, 'find' | 'forDevices' | 'goldenAnswers'>;
  store: Pick<ModelStore, 'kept'>;
  halves: Pick<HalfGraphs, 'of' | 'soon' | 'find'>;
}): DeviceModels {
  const hashOf = createFileHashes();
  const described = new WeakMap<ModelFolder, Promise<Described>>();

  async function read(folder: ModelFolder): Promise<Described> {
    const { dir, manifestFile, manifest, version, labels } = folder;
    // Where only words were changed since, the manifest in memory may name other goldens than those that were proven.
    const { goldens } = (await readModelFolder(dir, manifestFile)).manifest;
    const graphs: Record<string, ContentFile> = {};
    for (const [name, { sha256 }] of Object.entries(graphsOf(manifest))) {
      const graph = await hashOf(folder.graphFiles[name] ?? '');
      if (graph.sha256 !== sha256) {
        throw new Error(`${graph.file} is not the graph that its manifest names any more.`);
      }
      graphs[name] = contentOf(graph);
    }
    return {
      manifest: { ...manifest, goldens },
      version,
      labels: [...labels],
      ...(manifest.schema === 1 ? { graph: graphs[MAIN_GRAPH] } : { graphs }),
      goldens: await Promise.all(
        goldens.map(async ({ image, expected }) => ({
          name: image,
          image: contentOf(await hashOf(path.join(dir, image))),
          expected: v.parse(Golden, JSON.parse(await readFile(path.join(dir, expected), 'utf8'))),
        })),
      ),
    };
  }

  function readOnce(folder: ModelFolder): Promise<Described> {
    const reading = described.get(folder) ?? read(folder);
    described.set(folder, reading);
    reading.catch(() => described.delete(folder));
    return reading;
  }

  /** The path of the file that claims to have this content. */
  async function findIn({ dir, graphFiles, manifest }: ModelFolder, sha256: string) {
    const graph = Object.entries(graphsOf(manifest)).find(([, one]) => one.sha256 === sha256);
    if (graph) return hashOf(graphFiles[graph[0]] ?? '');
    for (const { image } of manifest.goldens) {
      const found = await hashOf(path.join(dir, image));
      if (found.sha256 === sha256) return found;
    }
    return undefined;
  }

  return {
    async describe(id) {
      for (;;) {
        const folder = models.forDevices(id);
        const isServing = models.find(id).version === folder.version;
        const answers = isServing ? models.goldenAnswers(id) : NO_ANSWERS;
        try {
          const { goldens, ...rest } = await readOnce(folder);
          return {
            ...withGraphs(rest, await halves.soon(folder)),
            goldens: goldens.map(({ name, ...golden }) => ({ ...golden, server: answers.get(name) })),
          };
        } catch (error) {
          // Its files may have gone because another version serves by now.
          if (models.forDevices(id) === folder) throw error;
        }
      }
    },
    async file(id, sha256) {
      const serving = [models.forDevices(id), models.find(id)];
      // A folder may go or change while it is read; then the requested file does not exist.
      const tryToFind = async (folder: ModelFolder) => {
        const found = await findIn(folder, sha256).catch(() => undefined);
        return found?.sha256 === sha256 ? found : undefined;
      };
      for (const folder of [...new Set(serving), ...(await store.kept(id))]) {
        const found = await tryToFind(folder);
        if (found) return found;
      }
      // Of a server that was started again, or of another one, where devices learned of it: made first.
      await halves.of(models.forDevices(id));
      const half = await halves.find(id, sha256);
      if (half) return half;
      throw new CodedError(
        'not_found',
        `The model "${id}" has no file of this hash, or no longer has it: /v1/models/${id}/device names those that it has.`,
      );
    },
  };
}

/** With these in the place of those of their names. */
function withGraphs<Model extends Pick<DeviceModel, 'graph' | 'graphs'>>(
  model: Model,
  others: HashedGraphs,
): Model {
  const found = Object.fromEntries(Object.entries(others).map(([name, file]) => [name, contentOf(file)]));
  return model.graph === undefined
    ? { ...model, graphs: { ...model.graphs, ...found } }
    : { ...model, graph: found[MAIN_GRAPH] ?? model.graph };
}

/** Of a version that workers do not hold. */
const NO_ANSWERS: ReadonlyMap<string, Golden> = new Map();

const contentOf = ({ sha256, bytes }: HashedFile) => ({ sha256, bytes });
