import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import * as ort from 'onnxruntime-node';
import { readTfjsModel } from '../convert/tfjsModel.ts';
import { serialiseOnnx } from '../onnx/onnxModel.ts';
import { elementCount } from '../onnx/tensor.ts';
import { seeded } from './opHarness.ts';

/** For tests: a Keras model as `model.save()` of TensorFlow.js writes it. */
export interface SavedModel {
  readonly json: Record<string, unknown>;
  readonly weights: Uint8Array;
}

/** What `save('downloads://model')` would put into model.json and weights.bin. */
export async function save(model: LayersModel): Promise<SavedModel> {
  let saved: SavedModel | undefined;
  await model.save({
    save: async ({ modelTopology, weightSpecs, weightData }) => {
      assert.ok(weightData instanceof ArrayBuffer);
      // As the file has it: what is undefined is gone.
      const topology: unknown = JSON.parse(JSON.stringify(modelTopology));
      saved = {
        json: {
          modelTopology: topology,
          format: 'layers-model',
          weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
        },
        weights: new Uint8Array(weightData),
      };
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    },
  });
  assert.ok(saved);
  return saved;
}

/** Gives all weights random values: fresh biases are zeros, and moving averages zeros and ones. */
export function randomiseWeights(model: LayersModel, seed: number): void {
  const random = seeded(seed);
  const values = model.getWeights().map(({ shape }) => {
    // Positive, since some are variances; narrow, so that values neither die nor explode.
    const data = Float32Array.from({ length: elementCount(shape) }, () => 0.05 + random() * 0.5);
    return tf.tensor(data, shape);
  });
  const signed = model.weights.map((weight, i) => {
    const value = values[i];
    assert.ok(value);
    return weight.originalName.endsWith('moving_variance') ? value : tf.sub(value, 0.3);
  });
  model.setWeights(signed);
}

/**
 * Saves the model, imports it and runs both on the same random batch of two.
 *
 * @param reference what should give the same answers; the model itself by default
 * @returns the ops of the converted graph, in order
 */
export async function assertSameModel(
  model: LayersModel,
  seed: number,
  reference = model,
): Promise<string[]> {
  const { json, weights } = await save(model);
  const shape = [2, ...(model.inputs[0]?.shape.slice(1).map(Number) ?? [])];
  const random = seeded(seed);
  const data = Float32Array.from({ length: elementCount(shape) }, () => random() * 4 - 2);
  const expected = [reference.predict(tf.tensor(data, shape))].flat();
  const { graph, outputs } = readTfjsModel(json, () => weights).convert();
  const session = await ort.InferenceSession.create(serialiseOnnx(graph, 'small'), {
    intraOpNumThreads: 1,
    graphOptimizationLevel: 'disabled',
  });
  const found = await session.run({ input: new ort.Tensor('float32', data, shape) });
  assert.equal(outputs.length, expected.length);
  for (const [i, tensor] of expected.entries()) {
    const output = found[outputs[i]?.name ?? ''];
    assert.ok(output, `output ${i}`);
    assert.deepEqual([...output.dims], tensor.shape, `shape of output ${i}`);
    const wanted = await tensor.data();
    const values = output.data as Float32Array;
    wanted.forEach((value, at) => {
      const difference = Math.abs(value - (values[at] ?? Number.NaN));
      assert.ok(
        difference <= 1e-5 * Math.max(1, Math.abs(value)),
        `output ${i}[${at}]: ${value}, not ${values[at]}`,
      );
    });
  }
  return graph.nodes.map(({ op }) => op);
}
