import { CodedError } from '../../../protocol/errors.ts';
import type { Prediction } from '../../../protocol/messages.ts';
import { taskOf } from '../../../vision/tasks/taskOf.ts';
import type { InferRequest, RequestedOutput } from './oipRequest.ts';

interface TensorMetadata {
  readonly name: string;
  readonly datatype: 'BYTES' | 'FP32' | 'INT32';
  /** -1: it differs. */
  readonly shape: readonly number[];
}

interface Tensor extends TensorMetadata {
  readonly data: readonly (string | number)[];
}

/** Encoded pictures; a client may send pixels under the same name. */
export const INPUTS = [{ name: 'image', datatype: 'BYTES', shape: [-1] }] as const;

const LABELS: readonly TensorMetadata[] = [
  { name: 'labels', datatype: 'BYTES', shape: [-1, -1] },
  { name: 'scores', datatype: 'FP32', shape: [-1, -1] },
  { name: 'counts', datatype: 'INT32', shape: [-1] },
];
const BOXES: TensorMetadata = { name: 'boxes', datatype: 'FP32', shape: [-1, -1, 4] };
const EMBEDDING: TensorMetadata = { name: 'embedding', datatype: 'FP32', shape: [-1, -1] };

/** The output tensors of a model of this task. */
export function outputsOf(task: string): readonly TensorMetadata[] {
  switch (taskOf(task).follow) {
    case 'none':
      return [EMBEDDING];
    case 'names':
      return LABELS;
    case 'things':
      return [...LABELS, BOXES];
  }
}

/**
 * Which of its outputs a request wants.
 * @throws CodedError `bad_request` for one that there is not
 */
export function requestedOutputs(request: InferRequest, task: string): readonly RequestedOutput[] {
  const names = outputsOf(task).map(({ name }) => name);
  const unknown = request.outputs?.find(({ name }) => !names.includes(name));
  if (unknown) {
    throw new CodedError(
      'bad_request',
      `There is no output "${unknown.name.slice(0, 80)}". Outputs are ${names.join(', ')}.`,
    );
  }
  return request.outputs ?? names.map((name) => ({ name, isBinary: request.isBinary }));
}

/**
 * Predictions as tensors, a row for each picture. Rows have as many places as the picture with the most labels; `counts` says
 * how many are filled, the others are empty.
 */
function tensorOf(name: string, predictions: readonly Prediction[]): Tensor {
  const n = predictions.length;
  const places = Math.max(...predictions.map(({ labels }) => labels.length));
  const rows = predictions.flatMap(({ labels }) => Array.from({ length: places }, (_, at) => labels[at]));
  switch (name) {
    case 'labels':
      return { name, datatype: 'BYTES', shape: [n, places], data: rows.map((row) => row?.label ?? '') };
    case 'scores':
      return { name, datatype: 'FP32', shape: [n, places], data: rows.map((row) => row?.score ?? 0) };
    case 'counts':
      return { name, datatype: 'INT32', shape: [n], data: predictions.map(({ labels }) => labels.length) };
    case 'boxes':
      return {
        name,
        datatype: 'FP32',
        shape: [n, places, 4],
        data: rows.flatMap((row) => row?.box ?? [0, 0, 0, 0]),
      };
    default: {
      const data = predictions.flatMap(({ embedding = [] }) => embedding);
      return { name: EMBEDDING.name, datatype: 'FP32', shape: [n, data.length / n], data };
    }
  }
}

export interface InferAnswer {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Bytes of JSON at its beginning, where tensors follow it. */
  readonly headerLength: number | undefined;
}

/** The body of an answer: JSON, and behind it the tensors that were asked for as bytes. */
export function inferAnswer(
  model: { name: string; version: string },
  request: Pick<InferRequest, 'id'>,
  outputs: readonly RequestedOutput[],
  predictions: readonly Prediction[],
): InferAnswer {
  const binaries: Uint8Array[] = [];
  const tensors = outputs.map(({ name, isBinary }) => {
    const { data, ...metadata } = tensorOf(name, predictions);
    if (!isBinary) return { ...metadata, data };
    const bytes = bytesOf(metadata.datatype, data);
    binaries.push(bytes);
    return { ...metadata, parameters: { binary_data_size: bytes.byteLength } };
  });
  const json = Buffer.from(
    JSON.stringify({
      model_name: model.name,
      model_version: model.version,
      ...(request.id !== undefined && { id: request.id }),
      outputs: tensors,
    }),
  );
  return {
    body: new Uint8Array(Buffer.concat([json, ...binaries])),
    headerLength: binaries.length > 0 ? json.byteLength : undefined,
  };
}

function bytesOf(datatype: Tensor['datatype'], data: Tensor['data']): Uint8Array {
  if (datatype === 'BYTES') {
    return Buffer.concat(
      data.flatMap((element) => {
        const content = Buffer.from(String(element));
        const length = Buffer.alloc(4);
        length.writeUInt32LE(content.byteLength);
        return [length, content];
      }),
    );
  }
  const bytes = Buffer.alloc(data.length * 4);
  for (const [at, value] of data.entries()) {
    if (datatype === 'FP32') bytes.writeFloatLE(Number(value), at * 4);
    else bytes.writeInt32LE(Number(value), at * 4);
  }
  return bytes;
}
