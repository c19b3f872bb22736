import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { importModel } from '../run/importModel.ts';
import { constantDetector, table } from './detectorForms/constantDetector.ts';
import { ANCHORS, anchorTable, dogOf, LABELS, output, v8 } from './detectorForms/parts.ts';
import { NO_COST } from './importForTests.ts';

/** Adds the model "dogs" to a models folder: it sees a dog wherever it looks, with a mask of the left half of its box. */
export async function addMaskModel(modelsDir: string): Promise<void> {
  const source = await mkdtemp(path.join(tmpdir(), 'livelens-source-'));
  const prototypes = table(32, 16 * 16, (row, cell) => (row === 5 ? (cell % 16 < 5 ? 3 : -3) : 0));
  const row = [...dogOf(), ...Array.from({ length: 32 }, (_, at) => (at === 5 ? 2 : 0))];
  const bytes = constantDetector({
    outputs: [v8(anchorTable(ANCHORS, 39, row), 39), output('output1', [1, 32, 16, 16], prototypes)],
  });
  await writeFile(path.join(source, 'model.onnx'), bytes);
  const stagingDir = path.join(source, 'staging');
  const options = { id: 'dogs', name: 'Dogs', labels: [...LABELS], fit: 'stretch' as const };
  await importModel({ description: 'a test', dir: source }, options, { stagingDir, measureCost: NO_COST });
  await cp(stagingDir, path.join(modelsDir, '.dogs'), { recursive: true });
  await rename(path.join(modelsDir, '.dogs'), path.join(modelsDir, 'dogs'));
  await rm(source, { recursive: true, force: true });
}
