import { readFile, writeFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import path from 'node:path';
import { compareWithGolden } from '../../../vision/golden.ts';
import type { OwnTolerance } from '../../../vision/tasks/comparison.ts';
import type { Golden } from '../../../vision/tasks/taskOf.ts';
import { openModel, startRuntime } from '../../inference/model.ts';
import { readGoldens } from '../../inference/readGoldens.ts';
import { type ModelFolder, readModelFolder, verifyGraphHashes } from '../../library/modelFolder.ts';
import type { ModelRef } from '../../library/modelRef.ts';
import { withHalfWeights } from './halfWeights.ts';

export interface HalfTask {
  readonly model: ModelRef;
  /** An empty folder, for the graphs. */
  readonly dir: string;
}

/** Why there are no such graphs, or the paths by the names of those that are smaller so; they agree with the goldens. */
export type HalfGraphFiles = { readonly why: string } | { readonly files: Readonly<Record<string, string>> };

/**
 * Half of what goldens allow (`GOLDEN_TOLERANCE`): a device's runtime differs a little, too, and a version that it refuses in this form
 * is one that it would have run in float32.
 */
const TOLERANCE: OwnTolerance = { score: 0.01, iou: 0.975, embedding: 0.9995, points: 0.985 };

/**
 * Writes the graphs of a version with float16 weights, and runs its goldens with them.
 * @throws Error when the folder or a graph is broken, or a graph is not the one that the manifest names
 */
export async function makeHalfGraphs({ model, dir }: HalfTask): Promise<HalfGraphFiles> {
  // Frames come first.
  setPriority(10);
  const folder = await readModelFolder(model.dir, model.manifestFile);
  if (folder.version !== model.version) return { why: `${model.dir} holds another version by now.` };
  await verifyGraphHashes(folder);
  const files: Record<string, string> = {};
  for (const [name, file] of Object.entries(folder.graphFiles)) {
    const half = withHalfWeights(await readFile(file));
    if (half === undefined) continue;
    const made = path.join(dir, `${name}.onnx`);
    await writeFile(made, half);
    files[name] = made;
  }
  const why = Object.keys(files).length === 0 ? undefined : await disagreementOf(folder, files);
  return why === undefined ? { files } : { why };
}

/** Undefined where all goldens agree. */
async function disagreementOf(
  folder: ModelFolder,
  files: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  await startRuntime();
  const session = await openModel({ ...folder, graphFiles: { ...folder.graphFiles, ...files } }, 1);
  let proven = 0;
  for await (const { picture, golden, pixels, size } of readGoldens(folder)) {
    const { differences, sameTop } = compareWithGolden(strict(golden), await session.run(pixels, size));
    if (differences.length > 0) return `${picture}: ${differences[0]}`;
    if (!sameTop) return `${picture}: another label is the best`;
    proven += 1;
  }
  return proven === 0 ? 'There are no reference images to prove it by.' : undefined;
}

/** A golden with a tolerance of its own keeps it. */
const strict = (golden: Golden): Golden => ({ tolerance: TOLERANCE, ...golden });
