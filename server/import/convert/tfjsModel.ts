import * as v from 'valibot';
import { aboutTfjs } from '../../../protocol/sentences/tfjs.ts';
import { ImportError } from '../importError.ts';
import { batch, type Dim, type Dims, requireReasonable } from '../onnx/dims.ts';
import { OnnxGraph } from '../onnx/onnxGraph.ts';
import { optimise } from '../onnx/optimise.ts';
import { at, type DType } from '../onnx/tensor.ts';
import { SIZE_ADVICE } from '../sizeAdvice.ts';
import { convert } from './convert.ts';
import { ConverterContext } from './graph/converter.ts';
import { withoutSuppression } from './graph/detectionApi.ts';
import { withoutPictureLoops } from './graph/pictureLoops.ts';
import { readTfjsGraph, type TfGraph, TfNode } from './graph/tfjsGraph.ts';
import { type ReadShard, readWeights, WeightsManifest } from './graph/tfjsWeights.ts';
import { computed } from './graph/value.ts';
import { convertLayers, inputShapeOf, type LayersModel } from './layers/layersModel.ts';
import { isModelClass, readModel } from './layers/topology.ts';
import { onnxDataTypes } from './ops/arithmetic.ts';

/** A model of one picture, read from TensorFlow.js' files and not yet converted. */
export interface TfjsModel {
  /** A graph model holds TensorFlow ops, a layers model holds Keras layers. */
  readonly format: 'graph' | 'layers';
  /** What the model takes, and its own name for it. N pictures, though `convert` may find that only one goes. */
  readonly input: { readonly name: string; readonly dims: Dims };
  /**
   * Converts to ONNX. Can be called more than once; each call makes a graph of its own.
   *
   * @param front makes what stands before the model: declares the graph's input and gives the name of a float32
   *   tensor of `dims`. It may be called twice, for two graphs. Without it the graph takes that tensor itself, as the input `input`.
   * @throws ImportError `unsupported_op`, `unsupported_use`, `malformed_source`
   */
  convert(front?: Front): RawModel;
}
export type Front = (graph: OnnxGraph, dims: Dims) => string;

/** A converted model with nothing added behind it. */
export interface RawModel {
  /** Inputs and outputs are declared in it. */
  readonly graph: OnnxGraph;
  /**
   * The shape that enters the model, after `front`: float32, channels last. N pictures; one, where the model was made
   * for one.
   */
  readonly input: { readonly dims: Dims };
  readonly outputs: readonly RawOutput[];
}
export interface RawOutput {
  /** In the ONNX graph. */
  readonly name: string;
  /** What the model itself calls it. */
  readonly label: string;
  /** Four-axis outputs have their channels last, as in TensorFlow.js. */
  readonly dims: Dims;
  readonly dtype: DType;
}

export interface ReadOptions {
  /** Height and width, for a model that leaves them open. */
  readonly size?: { readonly height: number; readonly width: number } | undefined;
}

/**
 * Reads a TensorFlow.js model of either kind.
 *
 * @param json the parsed model.json
 * @param readShard the bytes of one of the weight files that model.json names
 * @throws ImportError `malformed_source`, `unsupported_use`
 */
export function readTfjsModel(json: unknown, readShard: ReadShard, options: ReadOptions = {}): TfjsModel {
  const topology = v.safeParse(v.object({ modelTopology: v.record(v.string(), v.unknown()) }), json);
  if (!topology.success) {
    throw new ImportError('malformed_source', aboutTfjs('no_topology'));
  }
  const { modelTopology } = topology.output;
  return 'node' in modelTopology
    ? graphModel(readTfjsGraph(json, readShard), options)
    : layersModel(readLayers(json, readShard), options);
}

const KerasModel = v.object({ class_name: v.string(), config: v.unknown() });
const KerasVersion = v.object({ keras_version: v.optional(v.string(), '') });
const LayersJson = v.object({
  modelTopology: v.intersect([KerasVersion, v.union([v.object({ model_config: KerasModel }), KerasModel])]),
  weightsManifest: WeightsManifest,
});

function readLayers(json: unknown, readShard: ReadShard): LayersModel {
  const parsed = v.safeParse(LayersJson, json);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw new ImportError(
      'malformed_source',
      `neither a graph model nor a layers model of TensorFlow.js: ${v.getDotPath(issue)}: ${issue.message}`,
    );
  }
  const { modelTopology, weightsManifest } = parsed.output;
  const { class_name, config } = 'model_config' in modelTopology ? modelTopology.model_config : modelTopology;
  if (!isModelClass(class_name)) {
    throw new ImportError('unsupported_op', aboutTfjs('class_unknown_model', { className: class_name }));
  }
  return {
    model: readModel(class_name, config),
    weights: readWeights(weightsManifest, readShard),
    isKeras3: modelTopology.keras_version.startsWith('3.'),
  };
}

function layersModel(source: LayersModel, options: ReadOptions): TfjsModel {
  const dims = inputDims(inputShapeOf(source), options);
  return {
    format: 'layers',
    input: { name: source.model.name, dims },
    convert(front = declareInput) {
      const graph = new OnnxGraph();
      const outputs = convertLayers(source, computed(front(graph, dims), dims), graph);
      const naming = new ConverterContext(
        new TfNode({ name: 'output', op: 'Identity', inputs: [], attributes: {} }),
        [],
        graph,
      );
      const labelled = outputs.map((value, i) => ({
        name: naming.name(value),
        label: `output ${i}`,
        dims: value.dims,
        dtype: value.dtype,
      }));
      return finish(graph, dims, labelled);
    },
  };
}

/** A model of a TensorFlow graph, whatever file it came in. @throws ImportError `unsupported_use`, `needs_options` */
export function graphModel(given: TfGraph, options: ReadOptions): TfjsModel {
  const detector = withoutSuppression(given);
  const unrolled = withoutPictureLoops(detector);
  const source = unrolled?.graph ?? detector;
  const placeholders = [...source.nodes.values()].filter(({ op }) => op === 'Placeholder');
  const [node] = placeholders;
  if (node === undefined || placeholders.length > 1) {
    throw new ImportError(
      'unsupported_use',
      aboutTfjs('graph_inputs', {
        count: placeholders.length,
        names: placeholders.map(({ name }) => name).join(', '),
      }),
    );
  }
  const shape = node.shape('shape');
  if (shape === undefined) throw new ImportError('unsupported_use', `${node} does not declare its shape`);
  const dims = inputDims(
    shape.map((side) => (side < 0 ? null : side)),
    // Where any size goes in, the one that the graph's own loop makes of it.
    { size: options.size ?? unrolled?.size },
  );
  const dtype = node.dtype('dtype');
  const wanted = outputsOf(source);
  const attempt = (entering: Dims, front: Front): RawModel => {
    const { graph, outputs } = convert({
      graph: source,
      input: { tensor: node.name, dims: entering, dtype },
      front: (onnx) => castTo(onnx, front(onnx, entering), dtype),
      outputs: wanted.map(({ tensor }) => tensor),
    });
    return finish(
      graph,
      entering,
      outputs.map((output, i) => ({ ...output, label: at(wanted, i).name })),
    );
  };
  return {
    format: 'graph',
    input: { name: node.name, dims },
    convert(front = declareInput) {
      // Its loop ran once for each picture.
      if (unrolled) return attempt([1, ...dims.slice(1)], front);
      try {
        return attempt(dims, front);
      } catch (error) {
        // Many graphs have a batch of one picture baked in where only converting finds it.
        if (!(error instanceof ImportError) || (shape[0] ?? 1) > 1) throw error;
        return attempt([1, ...dims.slice(1)], front);
      }
    },
  };
}

/** Tensors that the graph calls its outputs, else those that nothing reads. */
function outputsOf({ nodes, outputs }: TfGraph): TfGraph['outputs'] {
  if (outputs.length > 0) return outputs;
  const read = new Set(
    [...nodes.values()].flatMap(({ inputs }) => inputs.map((input) => input.replace(/:\d+$/, ''))),
  );
  const ends = [...nodes.values()].filter(({ name, op }) => !read.has(name) && !endless.has(op));
  if (ends.length === 0) throw new ImportError('malformed_source', aboutTfjs('no_outputs'));
  return ends.map(({ name }) => ({ name, tensor: name }));
}
/** Ops that give nothing to a reader. */
const endless: ReadonlySet<string> = new Set(['Const', 'NoOp', 'Placeholder', 'Assert']);

/** The shape that enters a model: N pictures, whose open sides are filled in. */
function inputDims(sides: readonly (number | null)[], { size }: ReadOptions): Dims {
  if (sides.length < 2) {
    throw new ImportError('unsupported_use', aboutTfjs('no_picture_input', { axes: sides.length }));
  }
  const given = sides.length === 4 ? [null, size?.height ?? null, size?.width ?? null, 3] : [];
  const dims = sides.map((side, axis): Dim => {
    if (axis === 0) return batch;
    const known = side ?? given[axis] ?? null;
    if (known === null) {
      const side = sides.length === 4 ? ['', 'height', 'width'][axis] : `axis ${axis}`;
      throw new ImportError(
        'needs_options',
        aboutTfjs('side_open', { side: side ?? axis, advice: SIZE_ADVICE }),
      );
    }
    return known;
  });
  requireReasonable(dims, 'the input');
  return dims;
}

const declareInput: Front = (graph, dims) =>
  graph.input({ name: 'input', dtype: 'float32', shape: toShape(dims) });

/** A shape in the form of an ONNX port: sides that depend on the batch are symbols. */
export const toShape = (dims: Dims): (number | string)[] =>
  dims.map((dim) => (typeof dim === 'number' ? dim : dim.perImage === 1 ? 'N' : `${dim.perImage}N`));

const castTo = (graph: OnnxGraph, name: string, dtype: DType): string =>
  dtype === 'float32' ? name : graph.add('Cast', [name], { to: { int: onnxDataTypes[dtype] } }, 'input:cast');

/** Declares the outputs and tidies the graph. */
function finish(graph: OnnxGraph, dims: Dims, outputs: readonly RawOutput[]): RawModel {
  const made = new Set(graph.nodes.flatMap((node) => node.outputs));
  const declared = outputs.map((output): RawOutput => {
    const isBatched = typeof output.dims[0] === 'object' && output.dims[0].perImage === 1;
    if (typeof dims[0] === 'object' && !isBatched) {
      throw new ImportError(
        'unsupported_use',
        `the output "${output.label}" does not keep the pictures of a batch apart`,
      );
    }
    // An input, a constant or what is an output already cannot be declared as it stands.
    const name = made.delete(output.name) ? output.name : graph.add('Identity', [output.name], {}, 'output');
    graph.output({ name, dtype: output.dtype, shape: toShape(output.dims) }, name);
    return { ...output, name };
  });
  optimise(graph);
  return { graph, input: { dims }, outputs: declared };
}
