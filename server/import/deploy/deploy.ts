import { aboutGraph } from '../../../protocol/sentences/graphs.ts';
import { ImportError } from '../importError.ts';
import type { Layout } from '../onnx/graphWalk.ts';
import type { ImageInput } from '../onnx/inspect.ts';
import { liftOpset, MIN_LIFTED_OPSET } from '../onnx/liftOpset.ts';
import { LUMA } from '../onnx/luma.ts';
import { encodeModel, withFields } from '../onnx/onnxBytes.ts';
import type { GraphProto, ModelProto } from '../onnx/onnxFile.ts';
import { OnnxGraph, type OnnxNode } from '../onnx/onnxGraph.ts';
import { nodeProto, portProto, tensorProto } from '../onnx/onnxModel.ts';
import { onnx } from '../onnx/onnxProto/onnx.js';
import { affine, type Preparation } from '../onnx/preparation.ts';
import { float32, int64 } from '../onnx/tensor.ts';
import { addDetectionHead } from './heads/detection.ts';
import { DEPLOYED_OUTPUTS, type Head } from './heads/head.ts';
import type { KeypointHead } from './heads/keypointHead.ts';
import { addKeypointHead } from './heads/keypoints.ts';
import { addSemanticHead } from './heads/masks.ts';
import { addClassificationHead, addEmbeddingHead } from './heads/wholePicture.ts';

export interface Deployment {
  readonly image: ImageInput;
  readonly layout: Layout;
  readonly width: number;
  readonly height: number;
  readonly preparation: Preparation;
  readonly head: Head;
  readonly minScore: number;
}

/** Name of a deployed graph's input. */
export const INPUT_NAME = 'image';
/** Names that a deployed graph gives a meaning. */
export const OWN_NAMES: readonly string[] = [
  INPUT_NAME,
  'images',
  'boxes',
  'scores',
  'classes',
  'points',
  'masks',
  'embedding',
];
/** Names of all that a deployed graph has in front of the model and behind it. */
export const PREFIX = 'livelens/';

/** The oldest opset that has all ops of a detector's back. */
const MIN_DETECTION_OPSET = 11;
/** The oldest file format that may keep weights out of the list of inputs. */
const MIN_IR_VERSION = 7;

/**
 * A graph that takes pixels and gives finished values (see vision/manifest.ts), around the model as it came: in front
 * what prepares pixels, behind what reads its outputs. All ops, attributes and weights of the model stay as they are,
 * but for detectors of opsets before 11, which are lifted.
 *
 * @param model is changed: its values get other names where they would mean something else here
 * @returns the bytes of the ONNX file, the same for the same model
 * @throws ImportError `unsupported_use`, `unsupported_op`
 */
export function deploy(model: ModelProto, opset: number, deployment: Deployment): Uint8Array {
  const { kind } = deployment.head;
  const picks = kind === 'detection' || kind === 'keypoints' || kind === 'semantic';
  if (picks && opset < MIN_DETECTION_OPSET) {
    if (opset < MIN_LIFTED_OPSET) {
      throw new ImportError(
        'unsupported_use',
        aboutGraph('opset_too_old', { opset, least: MIN_LIFTED_OPSET }),
      );
    }
    liftOpset(model, opset);
  }
  const source = model.graph ?? {};
  const rename = renameOwnNames(source);
  const image = { ...deployment.image, name: rename(deployment.image.name) };
  const inputStage = buildInputStage({ ...deployment, image });
  const outputStage = buildOutputStage({ ...deployment, image }, rename);
  const weights = source.initializer ?? [];
  const deployed = withFields(model, {
    irVersion: Math.max(Number(model.irVersion ?? 0), MIN_IR_VERSION),
    docString: '',
    metadataProps: [],
    trainingInfo: [],
    graph: withFields(source, {
      docString: '',
      node: [...inputStage.nodes.map(nameless), ...(source.node ?? []), ...outputStage.nodes.map(nameless)],
      initializer: [
        ...weights,
        ...[...inputStage.constants, ...outputStage.constants].map(([name, tensor]) =>
          tensorProto(name, tensor),
        ),
      ],
      input: inputStage.inputs.map(portProto),
      output: outputStage.outputs.map(portProto),
    }),
  });
  return encodeModel(deployed);
}

/** Names of nodes must differ, and need not be: those of the source are not ours to know. */
const nameless = (node: OnnxNode) => ({ ...nodeProto(node), name: '' });

function buildInputStage({ image, layout, width, height, preparation, head }: Deployment): OnnxGraph {
  const graph = new OnnxGraph();
  const add = (op: string, inputs: string[], attributes: OnnxNode['attributes'] = {}) =>
    graph.add(op, inputs, attributes, `${PREFIX}front/${op}`);
  const constant = (values: readonly number[], shape: readonly number[] = [values.length]) =>
    graph.constant(float32(shape, values), `${PREFIX}front/floats`);
  const ints = (values: readonly number[]) => graph.constant(int64(values), `${PREFIX}front/ints`);

  // One picture where the model has no axis for more, or is fixed to a number of them; and of masks, which are large.
  const hasMasks = head.kind === 'semantic' || ('masks' in head && head.masks !== undefined);
  const pictures = image.rank === 4 && image.batch === undefined && !hasMasks ? 'N' : 1;
  let value = graph.input({ name: INPUT_NAME, dtype: 'uint8', shape: [pictures, height, width, 3] });
  const { factors, shifts } = affine(preparation);
  const isPlain = factors.every((factor) => factor === 1) && shifts.every((shift) => shift === 0);
  if (image.dtype !== 'uint8' || !isPlain || image.channels === 1) {
    value = add('Cast', [value], { to: { int: onnx.TensorProto.DataType.FLOAT } });
  }
  if (preparation.channels === 'BGR' && image.channels === 3) {
    value = add('Gather', [value, ints([2, 1, 0])], { axis: { int: 3 } });
  }
  if (image.channels === 1) value = add('MatMul', [value, constant(LUMA, [3, 1])]);
  if (!isPlain) {
    const used = image.channels === 1 ? 1 : 3;
    value = add('Mul', [value, constant(factors.slice(0, used))]);
    value = add('Add', [value, constant(shifts.slice(0, used))]);
  }
  if (layout === 'NCHW') value = add('Transpose', [value], { perm: { ints: [0, 3, 1, 2] } });
  const { channels } = image;
  const sides = layout === 'NCHW' ? [channels, height, width] : [height, width, channels];
  if (image.rank === 3) value = add('Reshape', [value, ints(sides)]);
  else if (image.batch !== undefined && image.batch > 1) {
    value = add('Expand', [value, ints([image.batch, ...sides])]);
  }
  value = add('Cast', [value], { to: { int: DATA_TYPES[image.dtype] } });
  graph.nodes.push({ op: 'Identity', inputs: [value], outputs: [image.name], attributes: {} });
  return graph;
}

export const DATA_TYPES: Readonly<Record<ImageInput['dtype'], number>> = {
  float32: onnx.TensorProto.DataType.FLOAT,
  float16: onnx.TensorProto.DataType.FLOAT16,
  double: onnx.TensorProto.DataType.DOUBLE,
  uint8: onnx.TensorProto.DataType.UINT8,
  int32: onnx.TensorProto.DataType.INT32,
};

function buildOutputStage(
  { image, head, minScore }: Deployment,
  rename: (name: string) => string,
): OnnxGraph {
  const graph = new OnnxGraph();
  /** The first picture alone, where the model gives answers for a fixed number. */
  const output = (name: string): string =>
    image.rank === 4 && image.batch !== undefined && image.batch > 1
      ? graph.add(
          'Gather',
          [rename(name), graph.constant(int64([0]), `${PREFIX}first-picture`)],
          { axis: { int: 0 } },
          `${PREFIX}one`,
        )
      : rename(name);
  switch (head.kind) {
    case 'classification':
      addClassificationHead(graph, { ...head, output: output(head.output) });
      break;
    case 'embedding':
      addEmbeddingHead(graph, { ...head, output: output(head.output) });
      break;
    case 'semantic':
      addSemanticHead(graph, { ...head, output: output(head.output) });
      break;
    case 'detection':
      addDetectionHead(graph, withOutputs(head, output), { minScore });
      break;
    case 'keypoints':
      addKeypointHead(graph, withPoints(head, output), { minScore });
      break;
    case 'deployed':
      for (const name of DEPLOYED_OUTPUTS) {
        const shape = name === 'boxes' ? ['M', 4] : ['M'];
        const dtype = name === 'images' || name === 'classes' ? 'int32' : 'float32';
        graph.output({ name, dtype, shape }, rename(name));
      }
      break;
    default:
      head satisfies never;
  }
  return graph;
}

function withOutputs<T extends Extract<Head, { kind: 'detection' }>>(
  head: T,
  output: (name: string) => string,
): T {
  const masks = 'masks' in head &&
    head.masks && { masks: { ...head.masks, output: output(head.masks.output) } };
  if (head.head === 'grid' || head.head === 'anchors') {
    const { boxes, scores } = head;
    const objectness = head.head === 'grid' && head.objectness;
    return {
      ...head,
      outputs: head.outputs.map(output),
      boxes: withColumns(boxes, output),
      scores: withColumns(scores, output),
      ...(objectness && { objectness: withColumns(objectness, output) }),
    };
  }
  if ('outputs' in head) return { ...head, outputs: head.outputs.map(output), ...masks };
  if ('boxes' in head) {
    return { ...head, boxes: output(head.boxes), scores: output(head.scores), ...masks };
  }
  return { ...head, output: output(head.output), ...masks };
}

const withColumns = <T extends { readonly outputs: readonly string[] }>(
  columns: T,
  output: (name: string) => string,
): T => ({
  ...columns,
  outputs: columns.outputs.map(output),
});

function withPoints(head: KeypointHead, output: (name: string) => string): KeypointHead {
  const { boxes, points, presence } = head;
  return {
    ...head,
    boxes: boxes && withOutputs(boxes, output),
    points: withPointOutputs(points, output),
    ...(presence && { presence: { ...presence, output: output(presence.output) } }),
  };
}

function withPointOutputs(
  points: KeypointHead['points'],
  output: (name: string) => string,
): KeypointHead['points'] {
  if (points.form === 'grid') return { ...points, columns: withColumns(points.columns, output) };
  if (points.form === 'maps') return { ...points, output: output(points.output) };
  const scores = points.scores === undefined ? undefined : output(points.scores);
  return { ...points, output: output(points.output), scores };
}

/**
 * Gives other names to values of the source that are called as ours are, everywhere, so that nothing else is meant.
 * @returns what a value is called now
 */
function renameOwnNames(graph: GraphProto): (name: string) => string {
  const taken = new Set<string>();
  eachName(graph, (name) => {
    taken.add(name);
    return name;
  });
  const renamed = new Map<string, string>();
  for (const name of taken) {
    if (!OWN_NAMES.includes(name) && !name.startsWith(PREFIX)) continue;
    let other = `source/${name}`;
    while (taken.has(other)) other = `source/${other}`;
    renamed.set(name, other);
  }
  const rename = (name: string) => renamed.get(name) ?? name;
  if (renamed.size > 0) eachName(graph, rename);
  return rename;
}

/** Goes through all names of values, also in graphs within the graph, where values of the outer one are read too. */
function eachName(graph: GraphProto, change: (name: string) => string): void {
  const named = [
    ...(graph.initializer ?? []),
    ...(graph.input ?? []),
    ...(graph.output ?? []),
    ...(graph.valueInfo ?? []),
    ...(graph.sparseInitializer ?? []).flatMap(({ values }) => (values ? [values] : [])),
  ];
  for (const one of named) one.name = change(one.name ?? '');
  for (const annotation of graph.quantizationAnnotation ?? []) {
    annotation.tensorName = change(annotation.tensorName ?? '');
    for (const entry of annotation.quantParameterTensorNames ?? []) entry.value = change(entry.value ?? '');
  }
  for (const node of graph.node ?? []) {
    node.input = (node.input ?? []).map(change);
    node.output = (node.output ?? []).map(change);
    for (const { g, graphs } of node.attribute ?? []) {
      for (const inner of [g, ...(graphs ?? [])]) if (inner) eachName(inner, change);
    }
  }
}
