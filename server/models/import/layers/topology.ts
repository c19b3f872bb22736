import * as v from 'valibot';
import { ImportError } from '../importError.ts';

/** A layer as Keras writes it. Its `config` is checked where it is used: each class has its own. */
export interface LayerJson {
  readonly className: string;
  readonly name: string;
  readonly config: LayerConfig;
  /** In a functional model: for each call of the layer, where its inputs come from. */
  readonly calls: readonly (readonly CallOutput[])[];
}
export type LayerConfig = Readonly<Record<string, unknown>>;

/** What call number `call` of a layer gives at `output`. */
export interface CallOutput {
  readonly layer: string;
  readonly call: number;
  readonly output: number;
}

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

const Index = v.pipe(v.number(), v.integer(), v.minValue(0));
const Origin = v.pipe(
  v.looseTuple([v.string(), Index, Index]),
  v.transform(([layer, call, output]): CallOutput => ({ layer, call, output })),
);
/** One origin stands alone in some files, as `["in", 0, 0]`. */
const Origins = v.union([
  v.array(Origin),
  v.pipe(
    Origin,
    v.transform((origin) => [origin]),
  ),
]);

const Config = v.record(v.string(), v.unknown());
const Layer = v.pipe(
  v.object({
    class_name: v.string(),
    name: v.optional(v.string()),
    config: Config,
    inbound_nodes: v.nullish(v.array(Origins), []),
  }),
  v.transform(({ class_name, name, config, inbound_nodes }): LayerJson => {
    const inner = typeof config.name === 'string' ? config.name : class_name;
    return { className: class_name, name: name ?? inner, config, calls: inbound_nodes ?? [] };
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
