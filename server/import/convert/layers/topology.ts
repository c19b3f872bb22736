import * as v from 'valibot';
import { ImportError } from '../../importError.ts';
import { type CallInput, type CallOutput, Calls, Origins } from './kerasCalls.ts';

/** A layer as Keras writes it. Its `config` is checked where it is used: each class has its own. */
export interface LayerJson {
  readonly className: string;
  readonly name: string;
  readonly config: LayerConfig;
  /** In a functional model: for each call of the layer, where its inputs come from. */
  readonly calls: readonly (readonly CallInput[])[];
  /** How others name the first call of a nested model: up to Keras 2 its own making counts as call 0. */
  readonly firstCall: 0 | 1;
}
export type LayerConfig = Readonly<Record<string, unknown>>;

/** A model, or one nested in another as if it were a layer. */
export type ModelJson =
  | { readonly kind: 'sequential'; readonly name: string; readonly layers: readonly LayerJson[] }
  | {
      readonly kind: 'functional';
      readonly name: string;
      readonly layers: ReadonlyMap<string, LayerJson>;
      readonly inputs: readonly CallOutput[];
      readonly outputs: readonly CallOutput[];
    };

const Config = v.record(v.string(), v.unknown());
const Layer = v.pipe(
  v.object({
    class_name: v.string(),
    name: v.optional(v.string()),
    config: Config,
    inbound_nodes: v.nullish(Calls),
  }),
  v.transform(({ class_name, name, config, inbound_nodes }): LayerJson => {
    const inner = typeof config.name === 'string' ? config.name : class_name;
    const { calls, isKeras3 } = inbound_nodes ?? { calls: [], isKeras3: false };
    const firstCall = isKeras3 || !isModelClass(class_name) ? 0 : 1;
    return { className: class_name, name: name ?? inner, config, calls, firstCall };
  }),
);
const Layers = v.pipe(v.array(Layer), v.minLength(1), v.maxLength(5000));
const Sequential = v.object({ name: v.optional(v.string()), layers: Layers });
const Functional = v.object({
  name: v.optional(v.string()),
  layers: Layers,
  input_layers: Origins,
  output_layers: Origins,
});

const functionalClasses = ['Functional', 'Model'];
export const isModelClass = (className: string): boolean =>
  className === 'Sequential' || functionalClasses.includes(className);

/** Reads a model of a class that `isModelClass` knows. @throws ImportError `malformed_source` */
export function readModel(className: string, config: unknown): ModelJson {
  if (className === 'Sequential') {
    // Before 2019 a Sequential's config was the bare list of its layers.
    const { name = className, layers } = check(
      Sequential,
      Array.isArray(config) ? { layers: config } : config,
    );
    return { kind: 'sequential', name, layers };
  }
  const { name = className, layers, input_layers, output_layers } = check(Functional, config);
  return {
    kind: 'functional',
    name,
    layers: new Map(layers.map((layer) => [layer.name, layer])),
    inputs: input_layers,
    outputs: output_layers,
  };
}

function check<T>(schema: v.GenericSchema<unknown, T>, config: unknown): T {
  const parsed = v.safeParse(schema, config, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  const where = v.getDotPath(issue) ?? 'config';
  throw new ImportError(
    'malformed_source',
    `not a Keras model as TensorFlow.js writes it: ${where}: ${issue.message}`,
  );
}
