import protobuf from 'protobufjs/minimal.js';
import type { ModelProto } from './onnxFile.ts';
import { onnx } from './onnxProto/onnx.js';
import { tensorsOf } from './tensorsOf.ts';

const { Reader, Writer } = protobuf;

/**
 * An ONNX model from the bytes of its file. Fields that our schema does not know are kept, and written again by
 * `encodeModel`: a model of a newer ONNX stays what it is. Weights are views of `bytes`, not copies.
 *
 * @throws RangeError for a message that ends too early, Error for one that is nested too deep or otherwise malformed
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  const reader = Reader.create(bytes);
  reader.discardUnknown = false;
  return onnx.ModelProto.decode(reader);
}

/** More than names and settings of a large model take; what is reserved and not used costs nothing. */
const RESERVE_BYTES = 16_000_000;

/** The bytes of a model's file; the same model gives the same bytes. */
export function encodeModel(model: ModelProto): Uint8Array {
  let weights = 0;
  for (const { rawData } of tensorsOf(model)) weights += rawData?.byteLength ?? 0;
  // A writer doubles its buffer whenever it is full, which would take three times the weights for a moment.
  const { initialBufferSize } = Writer;
  Writer.initialBufferSize = Math.max(initialBufferSize, weights + Math.min(RESERVE_BYTES, weights));
  try {
    // Not a copy: no one else writes into this buffer.
    return onnx.ModelProto.encode(model).finish(true);
  } finally {
    Writer.initialBufferSize = initialBufferSize;
  }
}

/** A message with other values in some fields. A spread alone would lose fields that the schema does not know. */
export function withFields<Message extends { $unknowns?: Uint8Array[] }>(
  message: Message,
  fields: Partial<Message>,
): Message {
  const { $unknowns } = message;
  return { ...message, ...fields, ...($unknowns && { $unknowns }) };
}
