import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { recordGolden } from '../../../vision/golden.ts';
import type { Manifest, SingleGraphManifest } from '../../../vision/manifest.ts';
import { GOLDEN_TOLERANCE, type OwnTolerance } from '../../../vision/tasks/comparison.ts';
import { type OpenModel, type OpenModelFiles, openModel } from '../../inference/model.ts';
import { readGoldens } from '../../inference/readGoldens.ts';
import { RUNTIME } from '../../inference/runtime.ts';
import { compareVersions } from './compareVersions.ts';
import type { CalibrationPicture } from './runValues.ts';

/** Below it, an answer is no label that a golden records; as for goldens of an import. */
const MIN_SCORE = 0.3;
/** Pictures show only some of what differs. */
const SAFETY = 1.5;
/** A runtime that is farther off than that has another idea of int8. */
const MAX_SCORE_TOLERANCE = 0.15;
/** Where scores move, boxes do. */
const BOX_TOLERANCE = { iou: 0.85, embedding: 0.99, points: 0.9 };

/**
 * Records what the int8 version gives for the goldens of the float32 version. They allow more than other goldens: where a number
 * lies between two steps, runtimes round it one way or the other, and what follows carries that on. How much that is here is
 * measured, by running the same graph in float32 ops with every rounding spelled out.
 */
export async function recordInt8Goldens({
  files,
  int8,
  dir,
  stagingDir,
  manifest,
}: {
  /** Of the int8 version. */
  files: OpenModelFiles;
  int8: OpenModel;
  /** The model's folder, with the goldens of the float32 version. */
  dir: string;
  stagingDir: string;
  manifest: Manifest;
}): Promise<SingleGraphManifest['goldens']> {
  const pictures: CalibrationPicture[] = [];
  for await (const { picture, pixels, size } of readGoldens({ dir, manifest })) {
    pictures.push({ name: picture, pixels, ...size });
  }
  const tolerance = await toleranceOf(files, int8, pictures);
  await mkdir(path.join(stagingDir, 'goldens'), { recursive: true });
  const goldens: SingleGraphManifest['goldens'] = [];
  for (const { name, pixels, width, height } of pictures) {
    const image = `goldens/${path.basename(name)}`;
    const expected = image.replace(/\.\w+$/, '.json');
    const answer = await int8.run(pixels, { width, height });
    const record = recordGolden(answer, { recordedBy: RUNTIME, minScore: MIN_SCORE });
    await copyFile(path.join(dir, name), path.join(stagingDir, image));
    await writeFile(path.join(stagingDir, expected), `${JSON.stringify({ ...record, tolerance })}\n`);
    goldens.push({ image, expected });
  }
  return goldens;
}

async function toleranceOf(
  files: OpenModelFiles,
  int8: OpenModel,
  pictures: readonly CalibrationPicture[],
): Promise<OwnTolerance> {
  const spelledOut = await openModel(files, 1, { isOptimised: false });
  try {
    const { task, multiLabel, minScore } = files.manifest;
    // Weaker labels, too: there are few strong ones in a few pictures.
    const shown = { ...minScore, default: minScore.floor };
    const agreement = await compareVersions(
      { float: spelledOut, int8 },
      { task, multiLabel, minScore: shown },
      files.labels,
      pictures,
    );
    const largest = agreement.kind === 'embeddings' ? 1 - agreement.leastCosine : agreement.largestDifference;
    const score = Math.min(MAX_SCORE_TOLERANCE, Math.max(GOLDEN_TOLERANCE.score, SAFETY * largest));
    return { score: Number(score.toFixed(3)), ...BOX_TOLERANCE };
  } finally {
    await spelledOut.release();
  }
}
