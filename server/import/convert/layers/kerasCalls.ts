import * as v from 'valibot';

/** What call number `call` of a layer gives at `output`. */
export interface CallOutput {
  readonly layer: string;
  readonly call: number;
  readonly output: number;
}

/** What goes into a call: what a layer gave, or a number that stands in the file, as in `x / 127.5`. */
export type CallInput = CallOutput | number;

const Index = v.pipe(v.number(), v.integer(), v.minValue(0));
const Origin = v.pipe(
  v.looseTuple([v.string(), Index, Index]),
  v.transform(([layer, call, output]): CallOutput => ({ layer, call, output })),
);

/** Origins as Keras 2 and TensorFlow.js write them. One stands alone in some files, as `["in", 0, 0]`. */
const OriginList = v.union([
  v.array(Origin),
  v.pipe(
    Origin,
    v.transform((origin) => [origin]),
  ),
]);

/** Inputs or outputs of a model; Keras 3 names them where the model does. */
export const Origins = v.union([
  OriginList,
  v.pipe(
    v.record(v.string(), Origin),
    v.transform((origins) => Object.values(origins)),
  ),
]);

/** Keras 3: the arguments of a call as Python had them, lists in lists, with tensors as objects. */
const Arguments = v.pipe(
  v.object({ args: v.array(v.unknown()), kwargs: v.optional(v.record(v.string(), v.unknown()), {}) }),
  v.transform(({ args, kwargs: { training: _, mask: __, ...kwargs } }) => [
    ...inputsIn(args),
    ...inputsIn(Object.values(kwargs)),
  ]),
);

const Tensor = v.object({
  class_name: v.literal('__keras_tensor__'),
  config: v.object({ keras_history: Origin }),
});

/** Lists of tensors that a layer takes are one deep. */
const MAX_DEPTH = 4;

function inputsIn(values: readonly unknown[], depth = 0): CallInput[] {
  return values.flatMap((value): CallInput[] => {
    if (typeof value === 'number') return [value];
    if (Array.isArray(value)) return depth < MAX_DEPTH ? inputsIn(value, depth + 1) : [];
    const tensor = v.safeParse(Tensor, value);
    return tensor.success ? [tensor.output.config.keras_history] : [];
  });
}

/** The calls of a layer, and the number by which others mean the first of them. */
export const Calls = v.union([
  v.pipe(
    v.array(Arguments),
    v.minLength(1),
    v.transform((calls) => ({ calls, isKeras3: true })),
  ),
  v.pipe(
    v.array(OriginList),
    v.transform((calls) => ({ calls, isKeras3: false })),
  ),
]);
