import { encodeModel } from './onnxBytes.ts';
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxPort } from './onnxGraph.ts';
import { onnx } from './onnxProto/onnx.js';
import type { DType, Tensor } from './tensor.ts';

const { AttributeType } = onnx.AttributeProto;

/**
 * Opset 13 is the oldest in which every op we emit has its present form; onnxruntime, onnxruntime-web and most
 * other runtimes know it. IR 7 is the file format of the same release.
 */
const opset = 13;
const irVersion = 7;

const dataTypes: Record<DType, number> = {
  float32: onnx.TensorProto.DataType.FLOAT,
  uint8: onnx.TensorProto.DataType.UINT8,
  int32: onnx.TensorProto.DataType.INT32,
  int64: onnx.TensorProto.DataType.INT64,
  bool: onnx.TensorProto.DataType.BOOL,
};

/** The bytes of a .onnx file. The same graph gives the same bytes. */
export function serialiseOnnx(graph: OnnxGraph, name: string): Uint8Array {
  return encodeModel({
    irVersion,
    producerName: 'livelens',
    opsetImport: [{ domain: '', version: opset }],
    graph: {
      name,
      node: graph.nodes.map(nodeProto),
      initializer: [...graph.constants].map(([key, tensor]) => tensorProto(key, tensor)),
      input: graph.inputs.map(portProto),
      output: graph.outputs.map(portProto),
    },
  });
}

export function nodeProto({ op, inputs, outputs, attributes }: OnnxNode) {
  return {
    opType: op,
    name: outputs[0] ?? null,
    input: inputs,
    output: [...outputs],
    attribute: Object.entries(attributes).map(([key, value]) => ({ name: key, ...attributeProto(value) })),
  };
}

function attributeProto(value: OnnxAttribute) {
  if ('int' in value) return { type: AttributeType.INT, i: value.int };
  if ('ints' in value) return { type: AttributeType.INTS, ints: [...value.ints] };
  if ('float' in value) return { type: AttributeType.FLOAT, f: value.float };
  return { type: AttributeType.STRING, s: Buffer.from(value.text) };
}

export function tensorProto(name: string, { dtype, shape, data }: Tensor) {
  return {
    name,
    dataType: dataTypes[dtype],
    dims: [...shape],
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

export function portProto({ name, dtype, shape }: OnnxPort) {
  const dim = shape.map((side) => (typeof side === 'number' ? { dimValue: side } : { dimParam: side }));
  return { name, type: { tensorType: { elemType: dataTypes[dtype], shape: { dim } } } };
}
