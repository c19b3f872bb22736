import type { ImportReport } from '../../../protocol/models.ts';
import { warn } from '../../../protocol/sentences/warnings.ts';
import { disagreementOf } from '../../../vision/disagreement.ts';
import type { Manifest } from '../../../vision/manifest.ts';
import { type GoldenPicture, runGoldens } from '../../../vision/runGoldens.ts';
import { type ModelAnswer, taskOf } from '../../../vision/tasks/taskOf.ts';
import { openModel } from '../../inference/model.ts';
import { graphFilesIn } from '../../library/modelFolder.ts';
import type { VersionFiles } from '../deploy/writeVersion.ts';
import { decodeFor } from '../pictures/samplePictures.ts';
import { type Warning, warning } from '../warning.ts';
import type { Picture } from './recordGoldens.ts';

/** Maximum number of labels of a sample in a report. */
const MAX_SHOWN = 10;

export interface DryRunResult {
  readonly samples: ImportReport['samples'];
  readonly goldens: Pick<ImportReport['goldens'], 'largestDifference' | 'sameTop'>;
  readonly answers: readonly ModelAnswer[];
  readonly warnings: readonly Warning[];
}

/** Runs a version that was written on its goldens and on samples. */
export async function dryRun(
  dir: string,
  manifest: Manifest,
  labels: readonly string[],
  goldens: Iterable<GoldenPicture> | AsyncIterable<GoldenPicture>,
  pictures: readonly Picture[],
): Promise<DryRunResult> {
  const model = await openModel({ manifest, labels, graphFiles: graphFilesIn(dir, manifest) }, 1);
  const answers: ModelAnswer[] = [];
  for (const { pixels, size } of pictures) answers.push(await model.run(pixels, size));
  const { cases, largestDifference, sameTop } = await runGoldens(goldens, model.run);
  await model.release();
  const wrong = disagreementOf(cases, labels);
  const task = taskOf(manifest.task);
  return {
    answers,
    goldens: { largestDifference, sameTop },
    samples: answers.map((answer, at) => ({
      name: pictures[at]?.name ?? '',
      thumbnail: pictures[at]?.thumbnail,
      labels: task
        .labelsOf(task.toPicture(answer, { labels, fitted: pictures[at]?.fitted, maxLabels: MAX_SHOWN }))
        .filter(({ score }) => task.follow !== 'things' || score >= manifest.minScore.default)
        .map(({ label, score, box }) => ({
          label,
          score,
          ...(box ? { box: [...box] as [number, number, number, number] } : {}),
        })),
    })),
    warnings: wrong
      ? [
          {
            ...warning('normalisation', warn('goldens_differ', { summary: wrong.summary })),
            details: [...wrong.details],
          },
        ]
      : [],
  };
}

/** Goldens that are being written with a version. */
export async function* goldenPictures(
  goldens: VersionFiles['goldens'],
  { input }: Manifest,
): AsyncGenerator<GoldenPicture, void> {
  for (const { name, image, expected } of goldens) {
    const { pixels, size } = await decodeFor(image, input, true);
    yield { picture: `${name}.png`, golden: expected, pixels, size };
  }
}
