import { aboutTfjs } from '../../../../protocol/sentences/tfjs.ts';
import { ImportError } from '../../importError.ts';
import type { OnnxGraph } from '../../onnx/onnxGraph.ts';
import { at, float32, type Tensor } from '../../onnx/tensor.ts';
import { inOrder } from '../graph/order.ts';
import { constantValue, type Value } from '../graph/value.ts';
import { imageLayers } from './imageLayers.ts';
import type { CallInput, CallOutput } from './kerasCalls.ts';
import { LayerContext } from './layerContext.ts';
import { LayerWeights, type Nest } from './layerWeights.ts';
import { plainLayers } from './plainLayers.ts';
import { preprocessingLayers } from './preprocessingLayers.ts';
import { isModelClass, type LayerJson, type ModelJson, readModel } from './topology.ts';

const layerConverters = new Map(Object.entries({ ...imageLayers, ...plainLayers, ...preprocessingLayers }));

/** Teachable Machine nests three deep. */
const maxNesting = 16;
/** Nested models that call each other twice would double with each level. */
const maxCalls = 20_000;

/** A Keras model as TensorFlow.js stores it: layers and weights. */
export interface LayersModel {
  readonly model: ModelJson;
  readonly weights: ReadonlyMap<string, Tensor>;
  /** Keras 3 wrote it; some functions differ from those of Keras 2 and TensorFlow.js under the same name. */
  readonly isKeras3: boolean;
}

/** The sides of what the model takes, batch first; null where any number goes. */
export function inputShapeOf({ model }: LayersModel): readonly (number | null)[] {
  let current = model;
  for (let depth = 0; depth < maxNesting; depth++) {
    if (current.kind === 'functional' && current.inputs.length !== 1) {
      throw new ImportError('unsupported_use', aboutTfjs('several_inputs', { count: current.inputs.length }));
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
    `the first layer of "${current.name}" does not declare the shape of its input`,
  );
}

const isSide = (side: unknown): side is number | null =>
  side === null || (typeof side === 'number' && Number.isSafeInteger(side) && side > 0);

/** Adds the model to the graph. @throws ImportError `unsupported_op`, `unsupported_use`, `malformed_source` */
export function convertLayers(source: LayersModel, input: Value, graph: OnnxGraph): Value[] {
  const { model } = source;
  return new Run(source, graph).model(model, [input], { names: [model.name], place: '' });
}

/** One conversion: finds weights, counts what it does. */
class Run {
  readonly #graph: OnnxGraph;
  readonly #weights: LayerWeights;
  readonly #isKeras3: boolean;
  readonly #nested = new Map<LayerJson, ModelJson>();
  #calls = 0;

  constructor({ weights, isKeras3 }: LayersModel, graph: OnnxGraph) {
    this.#graph = graph;
    this.#weights = new LayerWeights(weights);
    this.#isKeras3 = isKeras3;
  }

  /** @param nest where the model stands in others */
  model(model: ModelJson, inputs: readonly Value[], nest: Nest): Value[] {
    if (nest.names.length > maxNesting) {
      throw new ImportError(
        'unsupported_use',
        aboutTfjs('nested_too_deep', { max: maxNesting, name: model.name }),
      );
    }
    if (model.kind === 'sequential') {
      return model.layers.reduce<Value[]>(
        (values, layer) => this.#call(layer, values, model, nest),
        [...inputs],
      );
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
    const needs = (key: string): readonly CallInput[] => {
      const { layer, inputsOfCall } = callOf(layers, origins.get(key));
      if (inputsOfCall === undefined)
        throw new ImportError('malformed_source', `nothing feeds the layer "${layer.name}"`);
      return inputsOfCall;
    };
    for (const key of inOrder(keysOf(model.outputs), (name) =>
      results.has(name) ? [] : keysOf(needs(name).filter((source) => typeof source !== 'number')),
    )) {
      if (results.has(key)) continue;
      const { layer } = callOf(layers, origins.get(key));
      const values = needs(key).map((source) =>
        typeof source === 'number' ? constantValue(float32([], [source])) : outputOf(results, layers, source),
      );
      results.set(key, this.#call(layer, values, model, nest));
    }
    return model.outputs.map((source) => outputOf(results, layers, source));
  }

  #call(layer: LayerJson, inputs: readonly Value[], model: ModelJson, nest: Nest): Value[] {
    this.#calls++;
    if (this.#calls > maxCalls) {
      throw new ImportError('unsupported_use', `the model calls its layers more than ${maxCalls} times`);
    }
    if (layer.className === 'InputLayer') return [...inputs];
    if (isModelClass(layer.className)) {
      const nested = this.#nested.get(layer) ?? readModel(layer.className, layer.config);
      this.#nested.set(layer, nested);
      return this.model(nested, inputs, {
        names: [...nest.names, layer.name],
        place: this.#weights.placeOf(layer, model, nest),
      });
    }
    const converter = layerConverters.get(layer.className);
    if (converter === undefined) {
      throw new ImportError(
        'unsupported_op',
        aboutTfjs('layer_unsupported', { className: layer.className, name: layer.name }),
      );
    }
    const findWeight = (weight: string) => this.#weights.find(layer, weight, model, nest);
    const context = new LayerContext(layer, inputs, findWeight, this.#graph, this.#isKeras3);
    return [converter(context)];
  }
}

/** Names a call of a layer. */
function keyOf(layers: ReadonlyMap<string, LayerJson>, { layer, call }: CallOutput): string {
  return `${layer}/${callIndex(layers.get(layer), call)}`;
}

const callIndex = (layer: LayerJson | undefined, call: number): number =>
  Math.max(0, call - (layer?.firstCall ?? 0));

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
