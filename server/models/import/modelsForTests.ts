import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { OnnxGraph } from './onnxGraph.ts';
import { serialiseOnnx } from './onnxModel.ts';
import { seeded } from './opHarness.ts';
import { float32 } from './tensor.ts';

/** A folder that goes when the test ends. */
export async function temporaryFolder(t: { after(done: () => Promise<void>): void }): Promise<string> {
  const dir = await mkdtemp(path.join(await realpath(tmpdir()), 'livelens-import-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** An untrained network: it tells pictures apart, but gives names that mean nothing. */
export function tinyClassifier({ classes = 3, batch = 'N' as number | string } = {}): Uint8Array {
  const random = seeded(5);
  const graph = new OnnxGraph();
  const weights = (...shape: number[]) =>
    graph.constant(
      float32(
        shape,
        Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random() * 2 - 1),
      ),
      'weights',
    );
  const input = graph.input({ name: 'pixels', dtype: 'float32', shape: [batch, 3, 32, 32] });
  const features = graph.add(
    'Relu',
    [graph.add('Conv', [input, weights(8, 3, 3, 3)], {}, 'conv')],
    {},
    'relu',
  );
  const pooled = graph.add('Flatten', [graph.add('GlobalAveragePool', [features], {}, 'pool')], {}, 'flat');
  const logits = graph.add('MatMul', [pooled, weights(8, classes)], {}, 'logits');
  graph.output({ name: 'logits', dtype: 'float32', shape: [batch, classes] }, logits);
  return serialiseOnnx(graph, 'tiny');
}
