import type { ModelInput } from '../../../vision/manifest.ts';
import type { Head } from '../../../vision/things/head.ts';
import { decodeModel, encodeModel, withFields } from '../onnx/onnxBytes.ts';
import { OnnxGraph } from '../onnx/onnxGraph.ts';
import { nodeProto, portProto, tensorProto } from '../onnx/onnxModel.ts';
import { addThingsHead } from './thingsHead.ts';

/** What the embedder gives. */
const EMBEDDING = 'embedding';

export interface JoinedHead {
  readonly head: Head;
  readonly name: string;
  /** Of the scores, in their order. */
  readonly labels: readonly string[];
  /** What the embedder takes. */
  readonly input: Pick<ModelInput, 'width' | 'height'>;
}

/**
 * One graph of the embedder and a head: uint8 RGB pixels [N, height, width, 3] in, `scores` float32 [N, labels] out, which sum to 1.
 * Its metadata say what the importer asks (`livelens.manifest`, as models/export writes it): names may look like numbers.
 */
export function joinHead(embedder: Uint8Array, { head, name, labels, input }: JoinedHead): Uint8Array {
  const model = decodeModel(embedder);
  const source = model.graph ?? {};
  const back = new OnnxGraph();
  const scores = addThingsHead(back, EMBEDDING, head);
  back.output({ name: 'scores', dtype: 'float32', shape: ['N', labels.length] }, scores);
  const side = { width: input.width, height: input.height };
  const said = {
    name,
    task: 'image-classification',
    labels,
    layout: 'NHWC',
    channels: 'RGB',
    scale: 1,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    steps: [{ op: 'resize', ...side, resample: 'antialiased' }],
    activation: 'none',
  };
  return encodeModel(
    withFields(model, {
      metadataProps: [{ key: 'livelens.manifest', value: JSON.stringify(said) }],
      graph: withFields(source, {
        name: 'taught-things',
        node: [...(source.node ?? []), ...back.nodes.map((node) => ({ ...nodeProto(node), name: '' }))],
        initializer: [
          ...(source.initializer ?? []),
          ...[...back.constants].map(([key, tensor]) => tensorProto(key, tensor)),
        ],
        output: back.outputs.map(portProto),
        valueInfo: [],
      }),
    }),
  );
}
