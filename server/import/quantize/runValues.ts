import type { Fitted } from '../../../vision/fit.ts';
import { openSession, Tensor } from '../../inference/runtime.ts';
import { encodeModel, withFields } from '../onnx/onnxBytes.ts';
import type { ModelProto } from '../onnx/onnxFile.ts';
import { onnx } from '../onnx/onnxProto/onnx.js';

/** One picture as a graph takes it. */
export interface CalibrationPicture {
  readonly name: string;
  /** uint8 RGB, [height, width, 3]. */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Which part of its picture it is; absent for all of it, and where no one asks. */
  readonly fitted?: Fitted | undefined;
}

export interface ValueRun {
  /**
   * What the values are for a picture; those that are no float32 tensors are left out.
   * @param only names of those that are wanted; all by default
   */
  run(
    picture: CalibrationPicture,
    only?: readonly string[],
  ): Promise<ReadonlyMap<string, { data: Float32Array; dims: readonly number[] }>>;
  close(): Promise<void>;
}

/** Opens a graph so that values inside of it can be read. */
export async function openValues(
  model: ModelProto,
  inputName: string,
  values: readonly string[],
): Promise<ValueRun> {
  const { graph } = model;
  const known = new Set((graph?.output ?? []).map(({ name }) => name));
  const output = [
    ...(graph?.output ?? []),
    ...values
      .filter((name) => !known.has(name))
      .map((name) => ({ name, type: { tensorType: { elemType: onnx.TensorProto.DataType.FLOAT } } })),
  ];
  const session = await openSession(
    encodeModel(withFields(model, { graph: withFields(graph ?? {}, { output }) })),
    { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential', logSeverityLevel: 3 },
  );
  return {
    async run({ pixels, width, height }, only = values) {
      const picture = new Tensor('uint8', pixels, [1, height, width, 3]);
      const found = await session.run({ [inputName]: picture }, [...only]);
      return new Map(
        Object.entries(found).flatMap(([name, { data, dims }]) =>
          data instanceof Float32Array ? [[name, { data, dims }] as const] : [],
        ),
      );
    },
    close: () => session.release(),
  };
}
