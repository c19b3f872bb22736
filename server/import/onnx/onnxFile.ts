import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../../protocol/errors.ts';
import type { Text } from '../../../protocol/sentence.ts';
import { aboutGraph } from '../../../protocol/sentences/graphs.ts';
import { formatBytes } from '../../../vision/formatBytes.ts';
import { ImportError } from '../importError.ts';
import { inlineExternalData, isExternal } from './externalData.ts';
import { foreignFormat } from './foreignFormat.ts';
import { decodeModel } from './onnxBytes.ts';
import { onnx } from './onnxProto/onnx.js';
import { MAX_BYTES, tensorBytes, tooLarge } from './tensorSize.ts';
import { tensorsOf } from './tensorsOf.ts';

export { dataTypeName, wholeNumber } from './tensorSize.ts';

export type ModelProto = onnx.IModelProto;
export type GraphProto = onnx.IGraphProto;
export type NodeProto = onnx.INodeProto;
export type TensorProto = onnx.ITensorProto;
export type ValueInfoProto = onnx.IValueInfoProto;

const MAX_NODES = 100_000;
/** The deepest graphs within graphs that exporters write are three or four levels. */
const MAX_DEPTH = 16;
/** Names, paths and settings are text; more is no attribute that any op has. */
const MAX_TEXT_BYTES = 1_000_000;

/** Domains of ops that onnxruntime has in itself. */
const KNOWN_DOMAINS: ReadonlySet<string> = new Set(['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft']);
/** Ops that onnxruntime itself puts in when it optimises a model for one machine. */
const OPTIMISED_DOMAINS: ReadonlySet<string> = new Set(['com.microsoft.nchwc', 'com.ms.internal.nhwc']);

/** A model as an untrusted file holds it. */
export interface OnnxFile {
  /** With the weights that lie in files next to it. */
  readonly model: ModelProto;
  /** The file that the runtime can open as it is; absent where it would not find the weights. */
  readonly file: string | undefined;
}

/**
 * Reads an untrusted ONNX file, without running anything of it. Weights that lie in files next to it come into the
 * model itself.
 *
 * @param dir the folder that it came in; nothing outside of it is read
 * @param entry the file, relative to `dir`
 * @throws ImportError `malformed_source`, `too_large`, `unsupported_op`
 */
export async function readOnnxFile(dir: string, entry: string): Promise<OnnxFile> {
  const file = path.join(dir, entry);
  const { size } = await stat(file);
  if (size > MAX_BYTES) throw tooLarge(`${entry} has ${formatBytes(size)}`);
  const model = decode(await readFile(file), entry);
  checkGraph(model, entry);
  const isFound = await inlineExternalData(model, dir, path.dirname(entry));
  return { model, file: isFound ? file : undefined };
}

function decode(bytes: Uint8Array, entry: string): ModelProto {
  const malformed = (why: Text, cause?: unknown, instead = aboutGraph('export_again')) =>
    new ImportError('malformed_source', aboutGraph('incomplete', { file: entry, why, instead }), { cause });
  if (bytes.byteLength === 0) throw malformed(aboutGraph('it_is_empty'));
  const foreign = foreignFormat(bytes);
  if (foreign) throw malformed(aboutGraph('it_is', { format: foreign.what }), undefined, foreign.instead);
  let model: ModelProto;
  try {
    model = decodeModel(bytes);
  } catch (cause) {
    const isTooDeep = /max depth exceeded/.test(messageOf(cause));
    const why = cause instanceof RangeError ? aboutGraph('it_ends_early') : messageOf(cause);
    throw malformed(isTooDeep ? aboutGraph('it_is_nested') : why, cause);
  }
  // Bytes of another format now and then read as a message without any field.
  if (!model.graph?.node?.length || !model.opsetImport?.length)
    throw malformed(aboutGraph('it_has_no_graph'));
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
            aboutGraph('text_too_long', {
              node: describeNode(node),
              attribute: attribute.name ?? '',
              max: MAX_TEXT_BYTES,
            }),
          );
        }
        for (const graph of [attribute.g, ...(attribute.graphs ?? [])]) if (graph) check(graph, depth + 1);
      }
    }
  };
  const check = (graph: GraphProto, depth: number): void => {
    if (depth > MAX_DEPTH) throw tooLarge(`${entry} has graphs within graphs, ${depth} deep`);
    checkNodes(graph.node ?? [], depth);
  };
  for (const { node } of model.functions ?? []) checkNodes(node ?? [], 0);
  if (model.graph) check(model.graph, 0);
  for (const tensor of tensorsOf(model)) checkTensor(tensor);
}

export const describeNode = (node: NodeProto): string =>
  `${node.domain ? `${node.domain}.` : ''}${node.opType} "${node.name || node.output?.[0] || 'without a name'}"`;

function unknownOp(node: NodeProto): ImportError {
  return new ImportError(
    'unsupported_op',
    OPTIMISED_DOMAINS.has(node.domain ?? '')
      ? `${describeNode(node)}: onnxruntime wrote this file for one kind of machine. Give the model that it was made from.`
      : `${describeNode(node)}: ops of the domain "${node.domain}" are not known here. Export the model with standard ONNX ops only.`,
  );
}

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
      aboutGraph('tensor_size', { name: tensor.name || 'without a name', bytes, found: raw }),
    );
  }
}
