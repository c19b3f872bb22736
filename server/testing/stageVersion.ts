import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Manifest } from '../../vision/manifest.ts';

/** Writes a whole version as an importer leaves it; its graph is nothing that a runtime could load. */
export async function stageVersion(dir: string, id: string, graph: string): Promise<void> {
  const manifest: Manifest = {
    schema: 1,
    id,
    name: `Model ${graph}`,
    description: '',
    task: 'image-classification',
    graph: { file: 'model.onnx', sha256: createHash('sha256').update(graph).digest('hex') },
    labels: 'labels.txt',
    input: { name: 'image', width: 8, height: 8, fit: 'stretch' },
    minScore: { floor: 0, default: 0.5 },
    goldens: [{ image: 'goldens/one.png', expected: 'goldens/one.json' }],
    license: { spdx: 'MIT', file: 'LICENSE' },
    provenance: { source: `made of ${graph}` },
  };
  await mkdir(path.join(dir, 'goldens'), { recursive: true });
  await writeFile(path.join(dir, 'model.onnx'), graph);
  await writeFile(path.join(dir, 'labels.txt'), 'one\ntwo\n');
  await writeFile(path.join(dir, 'goldens/one.png'), graph);
  await writeFile(path.join(dir, 'goldens/one.json'), '{}');
  await writeFile(path.join(dir, 'LICENSE'), 'as you like');
  await writeFile(path.join(dir, 'manifest.json'), JSON.stringify(manifest));
}
