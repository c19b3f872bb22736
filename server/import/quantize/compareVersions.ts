import { quantile } from '../../../protocol/quantile.ts';
import type { VersionAgreement } from '../../../protocol/quantization.ts';
import type { Manifest } from '../../../vision/manifest.ts';
import { pairLabels } from '../../../vision/pairLabels.ts';
import { type ModelAnswer, taskOf } from '../../../vision/tasks/taskOf.ts';
import type { Detection } from '../../../vision/tracker.ts';
import type { OpenModel } from '../../inference/model.ts';
import type { Truth } from '../truth/truth.ts';
import { type FoundInPicture, precisionOf } from './precisionOf.ts';
import type { CalibrationPicture } from './runValues.ts';

/** Both versions of a model, open. */
export interface Versions {
  readonly float: OpenModel;
  readonly int8: OpenModel;
}

/**
 * Runs both versions on the same pictures, and counts what fits what the model gives.
 * @param truth what is in the pictures, by their names, where it is known
 */
export async function compareVersions(
  versions: Versions,
  manifest: Pick<Manifest, 'task' | 'multiLabel' | 'minScore'>,
  labels: readonly string[],
  pictures: readonly CalibrationPicture[],
  truth?: Truth,
): Promise<VersionAgreement> {
  const task = taskOf(manifest.task);
  const seen: PictureAnswers[] = [];
  for (const { name, pixels, width, height, fitted } of pictures) {
    const size = { width, height };
    const answers = [await versions.float.run(pixels, size), await versions.int8.run(pixels, size)] as const;
    const labelsOf = (answer: ModelAnswer): readonly Detection[] =>
      task.labelsOf(task.toPicture(answer, { labels, fitted, maxLabels: task.maxLabels({}) }));
    seen.push({ name, answers, float: labelsOf(answers[0]), int8: labelsOf(answers[1]) });
  }
  if (task.follow === 'none') return ofEmbeddings(seen);
  const { floor } = manifest.minScore;
  if (task.follow === 'names' && !manifest.multiLabel) return ofBest(seen, floor);
  const precision = task.follow === 'things' && truth ? precisionOf(truth, seen, labels) : undefined;
  return { ...ofLabels(seen, manifest.minScore), ...(precision && { precision }) };
}

/** What both versions say of one picture; labels best first. */
interface PictureAnswers extends FoundInPicture {
  readonly answers: readonly [ModelAnswer, ModelAnswer];
}

function ofLabels(
  seen: readonly PictureAnswers[],
  minScore: Manifest['minScore'],
): Extract<VersionAgreement, { kind: 'labels' }> {
  const isShown = ({ score }: Detection) => score >= minScore.default;
  const count = { float: 0, int8: 0, both: 0 };
  const differences: number[] = [];
  for (const { float, int8 } of seen) {
    const shown = float.filter(isShown);
    count.float += shown.length;
    count.int8 += int8.filter(isShown).length;
    for (const [one, match] of pairLabels(shown, int8)) {
      differences.push(differenceOf(one, match, minScore.floor));
      if (match && isShown(match)) count.both += 1;
    }
  }
  const all = count.float + count.int8;
  const f1 = all === 0 ? 1 : (2 * count.both) / all;
  return { kind: 'labels', pictures: seen.length, labels: count.float, f1, ...largestAndMean(differences) };
}

function ofBest(seen: readonly PictureAnswers[], floor: number): VersionAgreement {
  const sameTop = seen.filter(({ float, int8 }) => float[0]?.label === int8[0]?.label).length;
  const differences = seen.flatMap(({ float, int8 }) =>
    pairLabels(float, int8).map(([one, match]) => differenceOf(one, match, floor)),
  );
  return { kind: 'best', pictures: seen.length, sameTop, ...largestAndMean(differences) };
}

function ofEmbeddings(seen: readonly PictureAnswers[]): VersionAgreement {
  const cosines = seen.map(({ answers: [float, int8] }) => cosine(float, int8));
  const meanCosine = cosines.reduce((sum, one) => sum + one, 0) / Math.max(1, cosines.length);
  return { kind: 'embeddings', pictures: seen.length, meanCosine, leastCosine: Math.min(1, ...cosines) };
}

/** What does not come out has a score below the floor. */
const differenceOf = (one: Detection, match: Detection | undefined, floor: number): number =>
  Math.abs(one.score - (match?.score ?? Math.min(one.score, floor)));

const largestAndMean = (differences: readonly number[]) => ({
  largestDifference: Math.max(0, ...differences),
  meanDifference: differences.reduce((sum, one) => sum + one, 0) / Math.max(1, differences.length),
});

function cosine(one: ModelAnswer, other: ModelAnswer): number {
  if (one.task !== 'image-embedding' || other.task !== 'image-embedding') return 0;
  let product = 0;
  let [ones, others] = [0, 0];
  for (const [at, number] of one.embedding.entries()) {
    const second = other.embedding[at] ?? 0;
    product += number * second;
    ones += number ** 2;
    others += second ** 2;
  }
  return product / Math.sqrt(ones * others || 1);
}

const RUNS = 15;

/**
 * Milliseconds of a run on one core, both versions in turns, so that what else the machine does hits both. The lower
 * quartile, not the median: on a busy machine most runs are interrupted, which adds the same to both.
 */
export async function raceVersions(
  { float, int8 }: Versions,
  { pixels, width, height }: CalibrationPicture,
): Promise<{ floatMs: number; int8Ms: number }> {
  const times = { float: [] as number[], int8: [] as number[] };
  for (let run = 0; run <= RUNS; run++) {
    for (const [name, model] of [
      ['float', float],
      ['int8', int8],
    ] as const) {
      const startedAt = performance.now();
      await model.run(pixels, { width, height });
      // The first run takes memory.
      if (run > 0) times[name].push(performance.now() - startedAt);
    }
  }
  return { floatMs: quantile(times.float, 0.25) ?? 0, int8Ms: quantile(times.int8, 0.25) ?? 0 };
}
