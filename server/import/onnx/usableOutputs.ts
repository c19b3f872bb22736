import { aboutGraph } from '../../../protocol/sentences/graphs.ts';
import { warn } from '../../../protocol/sentences/warnings.ts';
import { ImportError } from '../importError.ts';
import { type Warning, warning } from '../warning.ts';
import type { GraphProto, ModelProto, NodeProto, ValueInfoProto } from './onnxFile.ts';
import { onnx } from './onnxProto/onnx.js';
import { typeName } from './typeName.ts';

const { AttributeType } = onnx.AttributeProto;
const { FLOAT, INT64, STRING } = onnx.TensorProto.DataType;

export interface UsableOutputs {
  /** Labels that the graph names. */
  labels: string[] | undefined;
  /** Class numbers of the graph, for want of labels; undefined where they count from 0. */
  classNumbers: string[] | undefined;
  warnings: Warning[];
  /** Whether the model was changed. */
  isChanged: boolean;
}

/**
 * Makes the outputs of a model ones that can be read: the runtime gives tensors of numbers alone. A map of labels and
 * scores (ZipMap, which scikit-learn's and Custom Vision's exporters put last) becomes the tensor that it was made of, under the
 * name that the map had; so does a sequence of one tensor, or an optional one. Text and what else is no tensor is left
 * out, with the nodes that only it needed.
 *
 * @param model is changed
 * @throws ImportError `unsupported_model` where nothing remains
 */
export function usableOutputs(model: ModelProto): UsableOutputs {
  const graph = model.graph ?? {};
  const producers = producersOf(graph);
  const given = graph.output ?? [];
  const warnings: Warning[] = [];
  let zipMap: NodeProto | undefined;
  const leftOut: ValueInfoProto[] = [];
  const replaced: NodeProto[] = [];
  graph.output = given.flatMap((output) => {
    const { name = '', type } = output;
    if (isTensor(type, producers.get(name ?? ''))) return [output];
    const source = type?.tensorType ? undefined : sourceTensorOf(name ?? '', producers);
    if (source === undefined || isReadInside(graph, name ?? '')) {
      leftOut.push(output);
      return [];
    }
    if (source.producer.opType === 'ZipMap') zipMap ??= source.producer;
    replaced.push(source.producer);
    warnings.push(
      warning(
        'output_left_out',
        warn('made_of_tensor', {
          output: output.name ?? '',
          type: typeName(output.type),
          instead: source.tensor,
        }),
      ),
    );
    return [asTensor(graph, output, source)];
  });
  if (zipMap) {
    // The number of the likeliest class, which follows from the scores as well.
    const isNumber = ({ type }: ValueInfoProto) => {
      const tensor = type?.tensorType;
      return tensor?.elemType === INT64 && (tensor.shape?.dim ?? []).length <= 1;
    };
    leftOut.push(...graph.output.filter(isNumber));
    graph.output = graph.output.filter((output) => !isNumber(output));
  }
  if (graph.output.length === 0 && given.length > 0) {
    const list = given.map(({ name, type }) => `"${name}", ${typeName(type)}`).join('; ');
    throw new ImportError('unsupported_model', aboutGraph('no_tensors', { outputs: list }));
  }
  for (const { name, type } of leftOut) {
    const ignored = warn('output_ignored', { output: name ?? '', type: typeName(type) });
    warnings.push(warning('output_left_out', ignored));
  }
  removeUnread(graph, [
    ...leftOut.map(({ name }) => name ?? ''),
    ...replaced.flatMap((node) => node.output ?? []),
  ]);
  const classes = classesOf(zipMap) ?? classesOfClassifier(graph, producersOf(graph));
  const isCounted = classes?.numbers?.every((number, at) => number === String(at));
  return {
    labels: classes?.texts,
    classNumbers: isCounted ? undefined : classes?.numbers,
    warnings,
    isChanged: leftOut.length > 0 || replaced.length > 0,
  };
}

/** Whether the runtime gives it as numbers. A type is not always written down. */
function isTensor(type: ValueInfoProto['type'], producer: NodeProto | undefined): boolean {
  if (type?.tensorType) return type.tensorType.elemType !== STRING;
  const isKnown = Object.values(type ?? {}).some((kind) => typeof kind === 'object' && kind !== null);
  return !isKnown && !WRAPPERS.has(producer?.opType ?? '');
}

const isReadInside = ({ node }: GraphProto, value: string): boolean =>
  (node ?? []).some((one) => [...readBy(one)].includes(value));

type Producers = ReadonlyMap<string, NodeProto>;

const producersOf = ({ node }: GraphProto): Producers =>
  new Map((node ?? []).flatMap((one) => (one.output ?? []).map((output) => [output, one] as const)));

/** Ops that put one tensor into something else. */
const WRAPPERS: ReadonlySet<string> = new Set(['ZipMap', 'SequenceConstruct', 'SplitToSequence', 'Optional']);

interface SourceTensor {
  tensor: string;
  /** The node that wrapped it. */
  producer: NodeProto;
}

/** The one tensor that an output was made of. */
function sourceTensorOf(output: string, producers: Producers): SourceTensor | undefined {
  let value = output;
  for (let steps = 0; steps < 20; steps++) {
    const producer = producers.get(value);
    const [tensor, ...others] = producer?.input ?? [];
    if (producer === undefined || tensor === undefined) return undefined;
    const op = producer.opType ?? '';
    const isOne = others.length === 0 || op === 'SplitToSequence';
    if (!isOne || (!WRAPPERS.has(op) && op !== 'Identity')) return undefined;
    // An optional sequence is made of a sequence.
    const isWrapped = WRAPPERS.has(producers.get(tensor)?.opType ?? '');
    if (WRAPPERS.has(op) && !isWrapped) return { tensor, producer };
    value = tensor;
  }
  return undefined;
}

/** Makes an output the tensor that it was made of, under the output's name. */
function asTensor(
  graph: GraphProto,
  { name }: ValueInfoProto,
  { tensor, producer }: SourceTensor,
): ValueInfoProto {
  const nodes = graph.node ?? [];
  const output = name ?? '';
  const own = nodes.find((node) => node.output?.includes(output));
  const known = [...(graph.valueInfo ?? []), ...(graph.output ?? []), ...(graph.input ?? [])].find(
    (value) => value.name === tensor,
  )?.type?.tensorType;
  // ZipMap takes floats alone. The type of others is unknown, and an output must say what it is.
  const isFloat = producer.opType === 'ZipMap' || known?.elemType === FLOAT;
  const node: NodeProto = isFloat
    ? { opType: 'Identity', input: [tensor], output: [output] }
    : {
        opType: 'Cast',
        input: [tensor],
        output: [output],
        attribute: [{ name: 'to', type: AttributeType.INT, i: FLOAT }],
      };
  graph.node = nodes.map((one) => (one === own ? node : one));
  return {
    name: output,
    type: { tensorType: { elemType: FLOAT, ...(known?.shape && { shape: known.shape }) } },
  };
}

/** Takes out nodes that nothing reads any more, from those that made `values` backwards. */
function removeUnread(graph: GraphProto, values: readonly string[]): void {
  const readers = new Map<string, number>();
  const count = (name: string, by: number) => readers.set(name, (readers.get(name) ?? 0) + by);
  for (const { name } of graph.output ?? []) count(name ?? '', 1);
  for (const node of graph.node ?? []) for (const name of readBy(node)) count(name, 1);
  const producers = producersOf(graph);
  const removed = new Set<NodeProto>();
  const left = [...values];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    const producer = producers.get(value);
    if (producer === undefined || removed.has(producer)) continue;
    if ((producer.output ?? []).some((output) => (readers.get(output) ?? 0) > 0)) continue;
    removed.add(producer);
    for (const name of readBy(producer)) {
      count(name, -1);
      left.push(name);
    }
  }
  if (removed.size > 0) graph.node = (graph.node ?? []).filter((node) => !removed.has(node));
}

/** Names of values that a node reads, also in the graphs within it. */
function* readBy(node: NodeProto): Generator<string> {
  yield* node.input ?? [];
  for (const { g, graphs } of node.attribute ?? []) {
    for (const inner of [g, ...(graphs ?? [])]) {
      for (const { name } of inner?.output ?? []) yield name ?? '';
      for (const one of inner?.node ?? []) yield* readBy(one);
    }
  }
}

/** What a node of ONNX-ML calls its classes: texts or numbers. */
function classesOf(node: NodeProto | undefined): { texts?: string[]; numbers?: string[] } | undefined {
  const texts = attributeOf(node, 'classlabels_strings')?.strings ?? [];
  if (texts.length > 0) return { texts: texts.map((text) => Buffer.from(text).toString('utf8')) };
  const numbers =
    attributeOf(node, 'classlabels_int64s')?.ints ?? attributeOf(node, 'classlabels_ints')?.ints ?? [];
  return numbers.length > 0 ? { numbers: numbers.map(String) } : undefined;
}

const attributeOf = (node: NodeProto | undefined, name: string) =>
  node?.attribute?.find((attribute) => attribute.name === name);

/** What comes between a classifier's scores and the output. */
const PASSING: ReadonlySet<string> = new Set(['Identity', 'Cast', 'Normalizer', 'Reshape']);

/** The classes of the classifier of ONNX-ML (TreeEnsembleClassifier and its like) whose scores are an output. */
function classesOfClassifier(graph: GraphProto, producers: Producers): ReturnType<typeof classesOf> {
  for (const { name } of graph.output ?? []) {
    let value = name ?? '';
    for (let steps = 0; steps < 20; steps++) {
      const producer = producers.get(value);
      const classes = producer?.domain === 'ai.onnx.ml' ? classesOf(producer) : undefined;
      if (classes) return classes;
      if (!PASSING.has(producer?.opType ?? '')) break;
      value = producer?.input?.[0] ?? '';
    }
  }
  return undefined;
}
