import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import onnxProto from 'onnx-proto';
import { messageOf } from '../../../protocol/errors.ts';
import { ImportError } from './importError.ts';

const { onnx } = onnxProto;

export type ModelProto = onnxProto.onnx.IModelProto;
export type GraphProto = onnxProto.onnx.IGraphProto;
export type NodeProto = onnxProto.onnx.INodeProto;
export type TensorProto = onnxProto.onnx.ITensorProto;
export type ValueInfoProto = onnxProto.onnx.IValueInfoProto;
type Whole = NonNullable<TensorProto['dims']>[number];

/** A file of this format cannot be larger than 2 GB; what it becomes must stay below that too. */
const MAX_BYTES = 1_500_000_000;
const MAX_NODES = 100_000;
/** The deepest graphs within graphs that exporters write are three or four levels. */
const MAX_DEPTH = 16;
/** Names, paths and settings are text; more is no attribute that any op has. */
const MAX_TEXT_BYTES = 1_000_000;

/** Domains of ops that onnxruntime has in itself. */
const KNOWN_DOMAINS: ReadonlySet<string> = new Set(['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft']);

/** Bits of one value by the number of its data type; 4-bit values are stored in pairs. */
const BITS: Readonly<Record<number, number>> = {
  1: 32,
  2: 8,
  3: 8,
  4: 16,
  5: 16,
  6: 32,
  7: 64,
  9: 8,
  10: 16,
  11: 64,
  12: 32,
  13: 64,
  14: 64,
  15: 128,
  16: 16,
  17: 8,
  18: 8,
  19: 8,
  20: 8,
  21: 4,
  22: 4,
};

export const dataTypeName = (dataType: number | null | undefined): string =>
  (onnx.TensorProto.DataType[dataType ?? 0] ?? `type ${dataType}`)
    .toLowerCase()
    .replace(/^float$/, 'float32');

/** `undefined` where the number is so large that it cannot be meant. */
export function wholeNumber(value: Whole | null | undefined): number | undefined {
  const number = Number(value ?? 0);
  return Number.isSafeInteger(number) ? number : undefined;
}

/**
 * Reads an ONNX file of a stranger, without running anything of it. Weights that lie in files beside it come into the
 * model itself.
 *
 * @param dir the folder that it came in; nothing outside of it is read
 * @param entry the file, relative to `dir`
 * @throws ImportError `malformed_source`, `too_large`, `unsupported_op`
 */
export async function readOnnxFile(dir: string, entry: string): Promise<ModelProto> {
  const file = path.join(dir, entry);
  const { size } = await stat(file);
  if (size > MAX_BYTES) throw tooLarge(`${entry} has ${megabytes(size)}`);
  const model = decode(await readFile(file), entry);
  checkGraph(model, entry);
  await inlineExternalData(model, dir, path.dirname(entry));
  return model;
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
const tooLarge = (what: string): ImportError =>
  new ImportError('too_large', `${what}; models of up to ${megabytes(MAX_BYTES)} can be imported.`);

function decode(bytes: Uint8Array, entry: string): ModelProto {
  const malformed = (why: string, cause?: unknown) =>
    new ImportError(
      'malformed_source',
      `${entry} is no whole ONNX file: ${why}. Export or download it again.`,
      { cause },
    );
  if (bytes.byteLength === 0) throw malformed('it is empty');
  const start = Buffer.from(bytes.subarray(0, 200)).toString('latin1');
  if (start.startsWith('version https://git-lfs')) {
    throw malformed('it is a Git LFS pointer, which stands for the file (git lfs pull fetches it)');
  }
  if (/^\s*<(!doctype|html)/i.test(start)) throw malformed('it is a web page');
  let model: ModelProto;
  try {
    model = onnx.ModelProto.decode(bytes);
  } catch (cause) {
    const why = cause instanceof RangeError ? 'it ends too early, or is nested too deep' : messageOf(cause);
    throw malformed(why, cause);
  }
  // Bytes of another format now and then read as a message without any field.
  if (!model.graph?.node?.length || !model.opsetImport?.length) throw malformed('it holds no graph');
  return model;
}

function checkGraph(model: ModelProto, entry: string): void {
  /** Functions that the file brings along are made of ops that are checked too. */
  const own = new Set((model.functions ?? []).map(({ domain, name }) => `${domain ?? ''}:${name}`));
  let nodes = 0;
  const checkNodes = (list: readonly NodeProto[], depth: number): void => {
    nodes += list.length;
    if (nodes > MAX_NODES) throw tooLarge(`${entry} has more than ${MAX_NODES} nodes`);
    for (const node of list) {
      const domain = node.domain ?? '';
      if (!KNOWN_DOMAINS.has(domain) && !own.has(`${domain}:${node.opType}`)) throw unknownOp(node);
      for (const attribute of node.attribute ?? []) {
        const texts = [attribute.s, ...(attribute.strings ?? [])];
        if (texts.some((text) => (text?.byteLength ?? 0) > MAX_TEXT_BYTES)) {
          throw new ImportError(
            'too_large',
            `${describeNode(node)}: attribute "${attribute.name}" holds more than ${MAX_TEXT_BYTES} bytes of text.`,
          );
        }
        for (const tensor of [attribute.t, ...(attribute.tensors ?? [])]) if (tensor) checkTensor(tensor);
        for (const graph of [attribute.g, ...(attribute.graphs ?? [])]) if (graph) check(graph, depth + 1);
      }
    }
  };
  const check = (graph: GraphProto, depth: number): void => {
    if (depth > MAX_DEPTH) throw tooLarge(`${entry} has graphs within graphs, ${depth} deep`);
    for (const tensor of graph.initializer ?? []) checkTensor(tensor);
    for (const { values, indices } of graph.sparseInitializer ?? []) {
      if (values) checkTensor(values);
      if (indices) checkTensor(indices);
    }
    checkNodes(graph.node ?? [], depth);
  };
  for (const { node } of model.functions ?? []) checkNodes(node ?? [], 0);
  if (model.graph) check(model.graph, 0);
}

export const describeNode = (node: NodeProto): string =>
  `${node.domain ? `${node.domain}.` : ''}${node.opType} "${node.name || node.output?.[0] || 'without a name'}"`;

function unknownOp(node: NodeProto): ImportError {
  return new ImportError(
    'unsupported_op',
    `${describeNode(node)}: ops of the domain "${node.domain}" are not known here. Export the model with standard ONNX ops only.`,
  );
}

/** Bytes that the values of a tensor take. @throws ImportError where its shape makes no sense */
function tensorBytes(tensor: TensorProto): number {
  const name = `tensor "${tensor.name || 'without a name'}"`;
  let count = 1;
  for (const dim of tensor.dims ?? []) {
    const side = wholeNumber(dim);
    if (side === undefined || side < 0) {
      throw new ImportError('malformed_source', `${name} has a side of ${dim}.`);
    }
    count *= side;
  }
  const bits = BITS[tensor.dataType ?? 0];
  if (bits === undefined) {
    throw new ImportError(
      'unsupported_model',
      `${name} holds ${dataTypeName(tensor.dataType)}, which models of pictures do not use.`,
    );
  }
  const bytes = Math.ceil((count * bits) / 8);
  if (bytes > MAX_BYTES) throw tooLarge(`${name} claims ${megabytes(bytes)}`);
  return bytes;
}

const isExternal = (tensor: TensorProto): boolean =>
  tensor.dataLocation === onnx.TensorProto.DataLocation.EXTERNAL;

const STRING = onnx.TensorProto.DataType.STRING;

function checkTensor(tensor: TensorProto): void {
  if (tensor.dataType === STRING) return;
  const bytes = tensorBytes(tensor);
  if (isExternal(tensor)) return;
  const raw = tensor.rawData?.byteLength ?? 0;
  const isRaw = raw > 0;
  const values = [tensor.floatData, tensor.int32Data, tensor.int64Data, tensor.doubleData, tensor.uint64Data];
  const listed = Math.max(...values.map((list) => list?.length ?? 0));
  if (isRaw ? raw !== bytes : bytes > 0 && listed === 0) {
    throw new ImportError(
      'malformed_source',
      `tensor "${tensor.name || 'without a name'}" should hold ${bytes} bytes, the file has ${raw}.`,
    );
  }
}

/** All tensors of a graph and of the graphs within it. */
function* tensorsOf(graph: GraphProto): Generator<TensorProto> {
  yield* graph.initializer ?? [];
  for (const node of graph.node ?? []) {
    for (const { t, tensors, g, graphs } of node.attribute ?? []) {
      if (t) yield t;
      yield* tensors ?? [];
      if (g) yield* tensorsOf(g);
      for (const inner of graphs ?? []) yield* tensorsOf(inner);
    }
  }
}

async function inlineExternalData(model: ModelProto, dir: string, base: string): Promise<void> {
  const files = new Map<string, Promise<Buffer>>();
  let total = 0;
  for (const tensor of tensorsOf(model.graph ?? {})) {
    if (!isExternal(tensor)) continue;
    const bytes = tensorBytes(tensor);
    total += bytes;
    if (total > MAX_BYTES) throw tooLarge('Its weights have more together');
    const entries = new Map((tensor.externalData ?? []).map(({ key, value }) => [key, value ?? '']));
    const location = entries.get('location') ?? '';
    const offset = Number(entries.get('offset') ?? 0);
    const length = Number(entries.get('length') ?? bytes);
    const key = path.join(base, location);
    const content = files.get(key) ?? readBeside(dir, base, location);
    files.set(key, content);
    const file = await content;
    const isInside = Number.isSafeInteger(offset) && offset >= 0 && offset + bytes <= file.byteLength;
    if (!isInside || length !== bytes) {
      throw new ImportError(
        'malformed_source',
        `tensor "${tensor.name}": bytes ${offset} to ${offset + bytes} of "${location}" expected, the file has ${file.byteLength}.`,
      );
    }
    tensor.rawData = file.subarray(offset, offset + bytes);
    // As if it had been so from the start, to the byte.
    delete tensor.externalData;
    delete tensor.dataLocation;
  }
}

/** A file beside the model. What a stranger's file names must not be a way to any other file of this machine. */
async function readBeside(dir: string, base: string, location: string): Promise<Buffer> {
  const refused = (why: string): ImportError =>
    new ImportError('malformed_source', `The model keeps weights in "${location}", ${why}.`);
  if (location === '' || path.isAbsolute(location) || path.win32.isAbsolute(location)) {
    throw refused('which is no path beside it');
  }
  const root = await realpath(dir);
  const isWithin = (file: string) => file.startsWith(root + path.sep);
  const wanted = path.resolve(root, base, location);
  if (!isWithin(wanted)) throw refused('which is outside of its folder');
  const file = await realpath(wanted).catch(() => {
    throw refused('and that file did not come with it; add it to the same folder, zip or upload');
  });
  if (!isWithin(file)) throw refused('which leads out of its folder');
  const found = await stat(file);
  if (!found.isFile()) throw refused('which is no file');
  if (found.size > MAX_BYTES) throw tooLarge(`"${location}" has ${megabytes(found.size)}`);
  return readFile(file);
}
