import { aboutTfjs } from '../../../../protocol/sentences/tfjs.ts';
import { ImportError } from '../../importError.ts';
import type { Tensor } from '../../onnx/tensor.ts';
import type { LayerJson, ModelJson } from './topology.ts';

/** Where a model stands: the names of all models around its layers, itself the last, and its place in an archive. */
export interface Nest {
  readonly names: readonly string[];
  /** Such as `layers/functional`; empty for the outermost. */
  readonly place: string;
}

/**
 * Finds the weights of layers by what the files call them:
 *
 *   layer/weight          TensorFlow.js and Keras 2, whatever models stand around the layer
 *   layer/cell/weight     TensorFlow 2.2 to 2.5
 *   models/layer/weight   Keras 3, with the names of the models in which the layer was built
 *   layers/class/vars/0   a `.keras` archive: by the place of the layer among those of its class, and the weight's
 */
export class LayerWeights {
  /** All names that end with a key, whole words only. */
  readonly #endingWith = new Map<string, string[]>();
  readonly #weights: ReadonlyMap<string, Tensor>;
  readonly #shortened: ReadonlyMap<string, Tensor>;
  readonly #isArchive: boolean;
  /** Who uses a weight. */
  readonly #owners = new Map<Tensor, LayerJson>();
  readonly #places = new WeakMap<ModelJson, ReadonlyMap<LayerJson, string>>();

  constructor(weights: ReadonlyMap<string, Tensor>) {
    // Archives of TensorFlow 2.13 to 2.15 have the longer word.
    const named = [...weights].map(
      ([name, tensor]) => [name.replaceAll('_layer_checkpoint_dependencies/', 'layers/'), tensor] as const,
    );
    this.#weights = new Map(named);
    this.#isArchive = named.some(([name]) => /^layers\/.*\/vars\/\d+$/.test(name));
    this.#shortened = new Map(
      named.map(([name, tensor]) => [name.split('/').toSpliced(-2, 1).join('/'), tensor]),
    );
    for (const [name] of named) {
      const words = name.split('/').slice(-MAX_WORDS);
      words.forEach((_, at) => {
        const end = words.slice(at).join('/');
        this.#endingWith.set(end, [...(this.#endingWith.get(end) ?? []), name]);
      });
    }
  }

  /** @throws ImportError `malformed_source` where two layers would have the same weights */
  find(layer: LayerJson, weight: string, model: ModelJson, nest: Nest): Tensor | undefined {
    const tensor = this.#isArchive
      ? this.#weights.get(`${this.placeOf(layer, model, nest)}/vars/${orderOf(layer).indexOf(weight)}`)
      : this.#byName(`${layer.name}/${weight}`, nest.names);
    if (tensor === undefined) return undefined;
    const owner = this.#owners.get(tensor);
    if (owner !== undefined && owner !== layer) {
      throw new ImportError('malformed_source', aboutTfjs('layers_same_name', { name: layer.name }));
    }
    this.#owners.set(tensor, layer);
    return tensor;
  }

  /** Of those that end so, the one whose first words are most of the models around the layer. */
  #byName(end: string, models: readonly string[]): Tensor | undefined {
    const found = (this.#endingWith.get(end) ?? []).map((name) => ({
      name,
      around: name.slice(0, -end.length).split('/').slice(0, -1),
    }));
    const [only] = found;
    if (only !== undefined && found.length === 1) return this.#weights.get(only.name);
    const [best] = found
      .filter(({ around }) => isWithin(around, models))
      .sort((a, b) => b.around.length - a.around.length);
    return best === undefined ? this.#shortened.get(end) : this.#weights.get(best.name);
  }

  /** A layer's place in an archive. */
  placeOf(layer: LayerJson, model: ModelJson, { place }: Nest): string {
    let places = this.#places.get(model);
    if (places === undefined) {
      const seen = new Map<string, number>();
      places = new Map(
        [...model.layers.values()].map((one) => {
          const word = snakeCase(one.className);
          const before = seen.get(word) ?? 0;
          seen.set(word, before + 1);
          return [one, before === 0 ? word : `${word}_${before}`];
        }),
      );
      this.#places.set(model, places);
    }
    return [...(place ? [place] : []), 'layers', places.get(layer) ?? ''].join('/');
  }
}

/** Models are nested 16 deep at most. */
const MAX_WORDS = 24;

/** Whether all of `words` stand among `models`, in their order. */
function isWithin(words: readonly string[], models: readonly string[]): boolean {
  let at = 0;
  for (const name of models) if (name === words[at]) at++;
  return at === words.length;
}

/** As Keras makes a name of a class: `Conv2DTranspose` becomes `conv2d_transpose`. */
const snakeCase = (className: string): string =>
  className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

/** The names of a layer's weights in the order in which an archive has them. */
function orderOf({ className, config }: LayerJson): readonly string[] {
  switch (className) {
    case 'BatchNormalization':
      return [
        ...(config.scale === false ? [] : ['gamma']),
        ...(config.center === false ? [] : ['beta']),
        'moving_mean',
        'moving_variance',
      ];
    case 'SeparableConv2D':
      return ['depthwise_kernel', 'pointwise_kernel', 'bias'];
    case 'PReLU':
      return ['alpha'];
    case 'Normalization':
      return ['mean', 'variance'];
    default:
      return ['kernel', 'bias'];
  }
}
