import { withFields } from '../onnx/onnxBytes.ts';
import type { ModelProto } from '../onnx/onnxFile.ts';
import { onnx } from '../onnx/onnxProto/onnx.js';
import { DATA_TYPES, type Deployment, OWN_NAMES, PREFIX } from './deploy.ts';

/**
 * Takes off what `deploy` put around a model, so that it can be deployed in another way.
 * @param outputs of the model, by name and type
 */
export function undeploy(
  model: ModelProto,
  { image }: Pick<Deployment, 'image'>,
  outputs: readonly { readonly name: string; readonly dtype: string }[],
): ModelProto {
  const graph = model.graph ?? {};
  const isOwn = (name: string) => name.startsWith(PREFIX) || OWN_NAMES.includes(name) || name === image.name;
  const { channels, rank, batch, width, height } = image;
  const sides = [width, height].map((side, at) => side ?? ['width', 'height'][at]);
  const [w, h] = sides;
  const picture = image.layout.value === 'NCHW' ? [channels, h, w] : [h, w, channels];
  const shape = rank === 3 ? picture : [batch ?? 'N', ...picture];
  return withFields(model, {
    graph: withFields(graph, {
      node: (graph.node ?? []).filter(({ output }) => !(output ?? []).every(isOwn)),
      initializer: (graph.initializer ?? []).filter(({ name }) => !isOwn(name ?? '')),
      input: [
        {
          name: image.name,
          type: {
            tensorType: {
              elemType: DATA_TYPES[image.dtype],
              shape: {
                dim: shape.map((side) =>
                  typeof side === 'number' ? { dimValue: side } : { dimParam: side ?? '?' },
                ),
              },
            },
          },
        },
      ],
      output: outputs.map(({ name, dtype }) => ({ name, type: { tensorType: { elemType: typeOf(dtype) } } })),
    }),
  });
}

const { DataType } = onnx.TensorProto;
const typeOf = (dtype: string): number =>
  dtype === 'float16' ? DataType.FLOAT16 : dtype === 'double' ? DataType.DOUBLE : DataType.FLOAT;
