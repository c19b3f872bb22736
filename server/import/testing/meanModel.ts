import sharp from 'sharp';
import type { ModelProto, NodeProto, TensorProto, ValueInfoProto } from '../onnx/onnxFile.ts';
import { onnx } from '../onnx/onnxProto/onnx.js';
import type { Sample } from '../pictures/samplePictures.ts';

const { FLOAT, INT64 } = onnx.TensorProto.DataType;
const { AttributeType } = onnx.AttributeProto;

/** For tests: a model that is right by hand. "mean" [N, 3] is how red, green and blue a picture of 32x32 is, 0..1. */
export function meanModel({
  nodes,
  outputs,
  weights = [],
  domains = {},
  shape = ['N', 3, 32, 32],
  ...more
}: {
  /** What comes behind "mean". */
  nodes: readonly NodeProto[];
  outputs: readonly ValueInfoProto[];
  weights?: readonly TensorProto[];
  /** Opsets by domain, next to 13 of ONNX itself. */
  domains?: Readonly<Record<string, number>>;
  shape?: readonly (number | string)[] | undefined;
} & Pick<ModelProto, 'functions' | 'irVersion' | 'metadataProps'>): onnx.ModelProto {
  return onnx.ModelProto.create({
    irVersion: 8,
    producerName: 'test',
    opsetImport: Object.entries({ '': 13, ...domains }).map(([domain, version]) => ({ domain, version })),
    graph: {
      name: 'mean',
      node: [node('ReduceMean', ['x'], ['mean'], [ints('axes', 2, 3), int('keepdims', 0)]), ...nodes],
      initializer: [...weights],
      input: [tensorPort('x', FLOAT, shape)],
      output: [...outputs],
    },
    ...more,
  });
}

export const bytesOf = (model: ModelProto): Uint8Array => onnx.ModelProto.encode(model).finish();

type Attribute = NonNullable<NodeProto['attribute']>[number];

export const node = (
  opType: string,
  input: string[],
  output: string[],
  attribute: Attribute[] = [],
  domain = '',
): NodeProto => ({ opType, input, output, attribute, domain });

export const int = (name: string, i: number): Attribute => ({ name, type: AttributeType.INT, i });
export const ints = (name: string, ...values: number[]): Attribute => ({
  name,
  type: AttributeType.INTS,
  ints: values,
});
export const floats = (name: string, ...values: number[]): Attribute => ({
  name,
  type: AttributeType.FLOATS,
  floats: values,
});
export const strings = (name: string, ...values: string[]): Attribute => ({
  name,
  type: AttributeType.STRINGS,
  strings: values.map((value) => Buffer.from(value)),
});

/** @param shape absent where nothing says it */
export const tensorPort = (
  name: string,
  elemType: number = FLOAT,
  shape?: readonly (number | string)[],
): ValueInfoProto => ({
  name,
  type: {
    tensorType: {
      elemType,
      ...(shape && {
        shape: {
          dim: shape.map((side) =>
            typeof side === 'number' ? { dimValue: side } : side === '' ? {} : { dimParam: side },
          ),
        },
      }),
    },
  },
});

/** A sequence of maps from texts, or from numbers, to scores, as ZipMap gives it. */
export const mapsPort = (name: string, keyType: number): ValueInfoProto => ({
  name,
  type: {
    sequenceType: { elemType: { mapType: { keyType, valueType: { tensorType: { elemType: FLOAT } } } } },
  },
});

export const floatWeights = (name: string, dims: number[], values: readonly number[]): TensorProto => ({
  name,
  dataType: FLOAT,
  dims,
  rawData: new Uint8Array(Float32Array.from(values).buffer),
});
export const intWeights = (name: string, values: readonly number[]): TensorProto => ({
  name,
  dataType: INT64,
  dims: [values.length],
  rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
});

/** Pictures of one colour. */
export const colours = (
  named: Readonly<Record<string, readonly [number, number, number]>>,
): Promise<Sample[]> =>
  Promise.all(
    Object.entries(named).map(async ([name, [r, g, b]]) => {
      const create = { width: 32, height: 32, channels: 3 as const, background: { r, g, b } };
      return { name, image: new Uint8Array(await sharp({ create }).png().toBuffer()) };
    }),
  );

export const PRIMARY = { red: [255, 0, 0], green: [0, 255, 0], blue: [0, 0, 255] } as const;
