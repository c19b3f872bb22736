import { messageOf } from '../../../protocol/errors.ts';
import { taskOf } from '../../../vision/tasks/taskOf.ts';
import { LITERT_VERSION } from '../../offline/runtimeUrl.ts';
import { DeviceError } from '../runtime/deviceSession.ts';
import { ofRuntime } from '../runtime/ofRuntime.ts';
import type { OpenModel, OpenModelOptions } from '../runtime/openModel.ts';
import { type ConvertedGraph, convertToTflite } from './convert.ts';
import { hasRelaxedSimd, type LiteRtGraph, loadRuntime, openLiteRtGraph } from './liteRtGraph.ts';
import { readOnnx } from './onnxReader.ts';

let loading: Promise<void> | undefined;

/**
 * Loads LiteRT.js, once in a worker's life.
 * @throws DeviceError `unsupported` where the browser lacks what it needs, before anything is fetched; `unreachable`, `failed`
 */
export function loadLiteRtRuntime(options: Pick<OpenModelOptions, 'runtimeUrl' | 'choice'>): Promise<void> {
  loading ??= load(options).catch((error: unknown) => {
    // Files that were not to be had when it was loaded ahead may be there for a model.
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load({
  runtimeUrl,
  choice: { threads },
}: Pick<OpenModelOptions, 'runtimeUrl' | 'choice'>): Promise<void> {
  if (!(await hasRelaxedSimd())) throw unsupported('without relaxed SIMD, which this browser lacks');
  try {
    await loadRuntime(runtimeUrl, threads);
  } catch (error) {
    throw ofRuntime(error);
  }
}

/**
 * As `openModel`, with LiteRT.js. The graphs are written as its files here, in the worker: the device has them already, and
 * needs no second copy of the weights over the network.
 * @throws DeviceError `unsupported` naming what a graph needs that LiteRT.js or the converter lacks, before anything is
 *   loaded here; `unreachable`, `memory` or `failed`
 */
export async function openLiteRtModel({
  graphs,
  manifest,
  labels,
  runtimeUrl,
  choice,
}: OpenModelOptions): Promise<OpenModel> {
  const { threads } = choice;
  const converted = Object.entries(graphs).map(([name, graph]) => [name, convert(graph)] as const);
  const opened = new Map<string, LiteRtGraph>();
  await loadLiteRtRuntime({ runtimeUrl, choice });
  try {
    for (const [name, graph] of converted) opened.set(name, await openLiteRtGraph(graph, threads));
  } catch (error) {
    throw ofRuntime(error);
  }
  const { name: inputName } = manifest.input;
  return {
    runtime: `LiteRT.js ${LITERT_VERSION}`,
    async run(pixels, { width, height } = manifest.input, options = {}) {
      const picture = { type: 'uint8', data: pixels, dims: [1, height, width, 3] } as const;
      return taskOf(manifest.task).run({
        ...options,
        picture,
        inputName,
        labels,
        async runGraph(name, inputs) {
          const graph = opened.get(name);
          if (graph === undefined) throw new Error(`The model has no graph "${name}".`);
          return graph.run(inputs);
        },
      });
    },
  };
}

function convert(graph: ArrayBuffer): ConvertedGraph {
  try {
    return convertToTflite(readOnnx(new Uint8Array(graph)));
  } catch (error) {
    throw unsupported(messageOf(error), error);
  }
}

const unsupported = (what: string, cause?: unknown) =>
  new DeviceError('unsupported', `LiteRT.js cannot run ${what}`, { cause });
