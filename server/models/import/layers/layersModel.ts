import { ImportError } from '../importError.ts';
import type { OnnxGraph } from '../onnxGraph.ts';
import { inOrder } from '../order.ts';
import { at, type Tensor } from '../tensor.ts';
import type { Value } from '../value.ts';
import { imageLayers } from './imageLayers.ts';
import { LayerContext } from './layerContext.ts';
import { plainLayers } from './plainLayers.ts';
import { type CallOutput, isModelClass, type LayerJson, type ModelJson, readModel } from './topology.ts';

const layerConverters = new Map(Object.entries({ ...imageLayers, ...plainLayers }));
/** For the test that tries each. */
export const layerClasses: readonly string[] = [...layerConverters.keys()];

/** Teachable Machine nests three deep. */
const maxNesting = 16;
/** Nested models that call each other twice would double with each level. */
const maxCalls = 20_000;

/** A Keras model as TensorFlow.js stores it: layers and weights. */
export interface LayersModel {
  readonly model: ModelJson;
  readonly weights: ReadonlyMap<string, Tensor>;
}

/** The sides of what the model takes, batch first; null where any number goes. */
export function inputShapeOf({ model }: LayersModel): readonly (number | null)[] {
  let current = model;
  for (let depth = 0; depth < maxNesting; depth++) {
    if (current.kind === 'functional' && current.inputs.length !== 1) {
      throw new ImportError(
        'unsupported_use',
        `the model takes ${current.inputs.length} inputs; the importer takes models of one picture`,
      );
    }
    const entrance = current.kind === 'functional' ? at(current.inputs, 0).layer : '';
    const layer = current.kind === 'functional' ? current.layers.get(entrance) : current.layers[0];
    if (layer === undefined)
      throw new ImportError('malformed_source', `the model has no layer "${entrance}"`);
    const shape = layer.config.batch_input_shape ?? layer.config.batch_shape;
    if (Array.isArray(shape)) {
      const sides = shape.map((side: unknown): unknown => (side === null || side === -1 ? null : side));
      if (sides.every(isSide)) return sides;
    }
    if (!isModelClass(layer.className)) break;
    current = readModel(layer.className, layer.config);
  }
  throw new ImportError(
    'malformed_source',
    `the first layer of "${current.name}" does not tell the shape of its input`,
  );
}

const isSide = (side: unknown): side is number | null =>
  side === null || (typeof side === 'number' && Number.isSafeInteger(side) && side > 0);

/** Adds the model to the graph. @throws ImportError `unsupported_op`, `unsupported_use`, `malformed_source` */
export function convertLayers({ model, weights }: LayersModel, input: Value, graph: OnnxGraph): Value[] {
  return new Run(weights, graph).model(model, [input]);
}

/** One conversion: finds weights, counts what it does. */
class Run {
  readonly #graph: OnnxGraph;
  readonly #weights: ReadonlyMap<string, Tensor>;
  /** Names as TensorFlow 2.2 to 2.5 wrote them had the name of a cell before the last word. */
  readonly #shortened: ReadonlyMap<string, Tensor>;
  /** Who uses the weights under a layer's name. */
  readonly #owners = new Map<string, LayerJson>();
  readonly #nested = new Map<LayerJson, ModelJson>();
  #calls = 0;

  constructor(weights: ReadonlyMap<string, Tensor>, graph: OnnxGraph) {
    this.#graph = graph;
    this.#weights = weights;
    this.#shortened = new Map(
      [...weights].map(([name, tensor]) => [name.split('/').toSpliced(-2, 1).join('/'), tensor]),
    );
  }

  /** @param depth how many models stand around this one */
  model(model: ModelJson, inputs: readonly Value[], depth = 0): Value[] {
    if (depth >= maxNesting) {
      throw new ImportError(
        'unsupported_use',
        `models are nested more than ${maxNesting} deep, at "${model.name}"`,
      );
    }
    if (model.kind === 'sequential') {
      return model.layers.reduce<Value[]>((values, layer) => this.#call(layer, values, depth), [...inputs]);
    }
    const { layers } = model;
    if (model.inputs.length !== inputs.length) {
      throw new ImportError(
        'malformed_source',
        `"${model.name}" takes ${model.inputs.length} inputs, gets ${inputs.length}`,
      );
    }
    const results = new Map<string, Value[]>(
      model.inputs.map((origin, i) => [keyOf(layers, origin), [at(inputs, i)]]),
    );
    const origins = new Map<string, CallOutput>();
    const keysOf = (sources: readonly CallOutput[]): string[] =>
      sources.map((source) => {
        const key = keyOf(layers, source);
        origins.set(key, source);
        return key;
      });
    const needs = (key: string): readonly CallOutput[] => {
      const { layer, inputsOfCall } = callOf(layers, origins.get(key));
      if (inputsOfCall === undefined)
        throw new ImportError('malformed_source', `nothing feeds the layer "${layer.name}"`);
      return inputsOfCall;
    };
    for (const key of inOrder(keysOf(model.outputs), (name) =>
      results.has(name) ? [] : keysOf(needs(name)),
    )) {
      if (results.has(key)) continue;
      const { layer } = callOf(layers, origins.get(key));
      const values = needs(key).map((source) => outputOf(results, layers, source));
      results.set(key, this.#call(layer, values, depth));
    }
    return model.outputs.map((source) => outputOf(results, layers, source));
  }

  #call(layer: LayerJson, inputs: readonly Value[], depth: number): Value[] {
    this.#calls++;
    if (this.#calls > maxCalls) {
      throw new ImportError('unsupported_use', `the model calls its layers more than ${maxCalls} times`);
    }
    if (layer.className === 'InputLayer') return [...inputs];
    if (isModelClass(layer.className)) {
      const nested = this.#nested.get(layer) ?? readModel(layer.className, layer.config);
      this.#nested.set(layer, nested);
      return this.model(nested, inputs, depth + 1);
    }
    const converter = layerConverters.get(layer.className);
    if (converter === undefined) {
      throw new ImportError(
        'unsupported_op',
        `layer ${layer.className} "${layer.name}": the importer does not know this class of layer`,
      );
    }
    const findWeight = (name: string): Tensor | undefined => this.#find(layer, name);
    return [converter(new LayerContext(layer, inputs, findWeight, this.#graph))];
  }

  /** A weight is stored as `layer/weight`, whatever models stand around the layer. */
  #find(layer: LayerJson, weight: string): Tensor | undefined {
    const owner = this.#owners.get(layer.name);
    if (owner !== undefined && owner !== layer) {
      throw new ImportError(
        'malformed_source',
        `two layers with weights are called "${layer.name}": give each its own name`,
      );
    }
    this.#owners.set(layer.name, layer);
    const name = `${layer.name}/${weight}`;
    return this.#weights.get(name) ?? this.#shortened.get(name);
  }
}

/** Names a call of a layer. */
function keyOf(layers: ReadonlyMap<string, LayerJson>, { layer, call }: CallOutput): string {
  return `${layer}/${callIndex(layers.get(layer), call)}`;
}

/** Calls of a nested model are counted from 1: its own making counts as call 0. */
const callIndex = (layer: LayerJson | undefined, call: number): number =>
  layer !== undefined && isModelClass(layer.className) ? Math.max(0, call - 1) : call;

function callOf(layers: ReadonlyMap<string, LayerJson>, origin: CallOutput | undefined) {
  const layer = layers.get(origin?.layer ?? '');
  if (origin === undefined || layer === undefined) {
    throw new ImportError('malformed_source', `the model has no layer "${origin?.layer}"`);
  }
  return { layer, inputsOfCall: layer.calls[callIndex(layer, origin.call)] };
}

function outputOf(
  results: ReadonlyMap<string, Value[]>,
  layers: ReadonlyMap<string, LayerJson>,
  source: CallOutput,
): Value {
  const value = results.get(keyOf(layers, source))?.[source.output];
  if (value === undefined) {
    throw new ImportError(
      'malformed_source',
      `layer "${source.layer}" has no output ${source.output} of call ${source.call}`,
    );
  }
  return value;
}
