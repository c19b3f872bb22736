import * as v from 'valibot';
import { CodedError } from '../../../protocol/errors.ts';
import type { PredictOptions } from '../../predict/predictImage.ts';
import { assertFewValues } from './jsonValues.ts';
import { decodeBase64, MAX_PICTURES } from './pictureJson.ts';
import { pngOf } from './png.ts';
import { readParameters } from './predictOptions.ts';

/** An output that a client asks for. */
export interface RequestedOutput {
  readonly name: string;
  readonly isBinary: boolean;
}

export interface InferRequest {
  readonly id: string | undefined;
  readonly pictures: readonly Uint8Array[];
  readonly options: PredictOptions;
  /** Undefined: all that there are. */
  readonly outputs: readonly RequestedOutput[] | undefined;
  /** Of outputs that do not say. */
  readonly isBinary: boolean;
}

const Parameters = v.record(v.string(), v.unknown());
const Input = v.object({
  name: v.string(),
  shape: v.array(v.pipe(v.number(), v.integer(), v.minValue(0))),
  datatype: v.string(),
  parameters: v.optional(Parameters, {}),
  // Its elements are read once, for what they are: there may be millions.
  data: v.optional(v.custom<unknown[]>(Array.isArray, 'a list')),
});
const Request = v.object({
  id: v.optional(v.string()),
  parameters: v.optional(Parameters, {}),
  inputs: v.array(Input),
  outputs: v.optional(v.array(v.object({ name: v.string(), parameters: v.optional(Parameters, {}) }))),
});
type Input = v.InferOutput<typeof Input>;

/** In JSON: pixels of a picture of 256 x 256, and a little more. */
const MAX_VALUES = 200_000;
/** Lists in lists, of the pixels of several pictures. */
const MAX_NESTED = 3;

const refuse = (message: string): never => {
  throw new CodedError('bad_request', message);
};

/**
 * Reads an inference request of the Open Inference Protocol, with or without the binary tensor data extension.
 * @param headerLength of `Inference-Header-Content-Length`: how many bytes are JSON; 0: the body is one picture. Undefined: all is JSON
 * @throws CodedError `bad_request`, `frame_too_large`
 */
export function readInferRequest(
  body: Buffer,
  headerLength: string | undefined,
  maxPictureBytes: number,
): InferRequest {
  const jsonBytes = readHeaderLength(headerLength, body.byteLength);
  if (jsonBytes === 0 && headerLength !== undefined) {
    // Triton's form for models with one input of one element.
    if (body.byteLength > maxPictureBytes) throw tooLarge(maxPictureBytes);
    return { id: undefined, pictures: [body], options: {}, outputs: undefined, isBinary: true };
  }
  const json = body.subarray(0, jsonBytes);
  assertFewValues(json, MAX_VALUES);
  const request = parseRequest(json.toString('utf8'));
  const [input, ...more] = request.inputs;
  if (input === undefined || more.length > 0) {
    return refuse(`One input expected, the pictures; got ${request.inputs.length}.`);
  }
  const binary = body.subarray(jsonBytes);
  const size = input.parameters.binary_data_size;
  if (size !== undefined && (typeof size !== 'number' || size !== binary.byteLength)) {
    refuse(
      `binary_data_size of input "${input.name}" is ${size}; ${binary.byteLength} bytes follow the JSON.`,
    );
  }
  if (size === undefined && binary.byteLength > 0) {
    refuse(`${binary.byteLength} bytes follow the JSON, and no input has binary_data_size.`);
  }
  const { binary_data_output: all, ...parameters } = request.parameters;
  const isBinary = readSwitch('binary_data_output', all);
  return {
    id: request.id,
    pictures: picturesOf(input, size === undefined ? undefined : binary, maxPictureBytes),
    options: readParameters(parameters),
    outputs: request.outputs?.map(({ name, parameters: { binary_data: own } }) => ({
      name,
      isBinary: own === undefined ? isBinary : readSwitch('binary_data', own),
    })),
    isBinary,
  };
}

function readHeaderLength(text: string | undefined, bodyBytes: number): number {
  if (text === undefined) return bodyBytes;
  const length = Number(text);
  if (/^\d+$/.test(text) && length <= bodyBytes) return length;
  return refuse(
    `Inference-Header-Content-Length: the bytes of JSON in a body of ${bodyBytes} expected, got "${text.slice(0, 40)}".`,
  );
}

function parseRequest(text: string): v.InferOutput<typeof Request> {
  const json = v.safeParse(v.pipe(v.string(), v.parseJson()), text);
  if (!json.success)
    return refuse('The body is no JSON. Pictures in bytes need Inference-Header-Content-Length.');
  const parsed = v.safeParse(Request, json.output);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  return refuse(`"${v.getDotPath(issue) ?? 'body'}": ${issue.message}`);
}

function readSwitch(name: string, value: unknown): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  return refuse(`"${name}" must be true or false.`);
}

function picturesOf(input: Input, binary: Buffer | undefined, maxBytes: number): Uint8Array[] {
  const { data, datatype, name } = input;
  if (binary !== undefined && data !== undefined)
    refuse(`Input "${name}" has both data and binary_data_size.`);
  if (binary === undefined && data === undefined)
    refuse(`Input "${name}" has neither data nor binary_data_size.`);
  switch (datatype) {
    case 'BYTES':
      return encodedPictures(input, binary, maxBytes);
    case 'UINT8':
      return pixelPictures(input, binary, maxBytes);
    default:
      return refuse(
        `Input "${name}" is ${datatype.slice(0, 20)}: BYTES expected, JPEG, PNG or WebP pictures, or UINT8, RGB pixels.`,
      );
  }
}

/** JPEG, PNG or WebP, one an element. In JSON they are in base64, as JSON has no bytes. */
function encodedPictures(
  { name, shape, data = [] }: Input,
  binary: Buffer | undefined,
  maxBytes: number,
): Uint8Array[] {
  const count = countOf(
    shape.reduce((product, side) => product * side, 1),
    name,
  );
  const elements = binary ? bytesElements(binary, count, name) : (data.flat(MAX_NESTED) as unknown[]);
  if (elements.length !== count) {
    refuse(`Input "${name}" has ${elements.length} elements, its shape [${shape}] says ${count}.`);
  }
  return elements.map((element, at) => {
    if (element instanceof Uint8Array) {
      if (element.byteLength > maxBytes) throw tooLarge(maxBytes);
      return element;
    }
    const where = `Element ${at} of input "${name}"`;
    return typeof element === 'string'
      ? decodeBase64(element, where, maxBytes)
      : refuse(`${where}: base64 of a picture expected.`);
  });
}

/** Each element is its length in 4 bytes, little-endian, and its bytes. */
function bytesElements(binary: Buffer, count: number, name: string): Uint8Array[] {
  const elements: Uint8Array[] = [];
  let at = 0;
  while (at < binary.byteLength && elements.length <= count) {
    const from = at + 4;
    const to = from <= binary.byteLength ? from + binary.readUInt32LE(at) : Number.POSITIVE_INFINITY;
    if (to > binary.byteLength) refuse(`Input "${name}": element ${elements.length} is cut off.`);
    elements.push(binary.subarray(from, to));
    at = to;
  }
  return elements;
}

/** RGB, [N, height, width, 3] or, of one, [height, width, 3]. */
function pixelPictures(
  { name, shape, data }: Input,
  binary: Buffer | undefined,
  maxBytes: number,
): Uint8Array[] {
  const [n = 0, height = 0, width = 0, channels = 0] = shape.length === 3 ? [1, ...shape] : shape;
  if (shape.length < 3 || shape.length > 4 || channels !== 3 || height === 0 || width === 0) {
    refuse(`Input "${name}" has shape [${shape}]: pixels are [N, height, width, 3], RGB.`);
  }
  const count = countOf(n, name);
  const bytes = height * width * 3;
  if (bytes > maxBytes) throw tooLarge(maxBytes);
  const pixels = binary ?? uint8Of(data ?? [], name);
  if (pixels.byteLength !== count * bytes) {
    refuse(`Input "${name}" has ${pixels.byteLength} values, its shape [${shape}] says ${count * bytes}.`);
  }
  return Array.from({ length: count }, (_, at) =>
    pngOf(pixels.subarray(at * bytes, (at + 1) * bytes), width, height),
  );
}

function uint8Of(data: unknown[], name: string): Uint8Array {
  const flat = data.flat(MAX_NESTED) as unknown[];
  if (!flat.every((value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255)) {
    refuse(`Input "${name}" is UINT8: whole numbers from 0 to 255 expected.`);
  }
  return Uint8Array.from(flat as number[]);
}

function countOf(count: number, name: string): number {
  if (count >= 1 && count <= MAX_PICTURES) return count;
  return refuse(`Input "${name}" may have 1 to ${MAX_PICTURES} pictures, its shape says ${count}.`);
}

const tooLarge = (maxBytes: number) =>
  new CodedError('frame_too_large', `A picture may have ${maxBytes} bytes.`);
