import path from 'node:path';
import type { ImportReport } from '../../../protocol/models.ts';
import { disagreementOf, type GoldenCase } from '../../../vision/disagreement.ts';
import { compareWithGolden } from '../../../vision/golden.ts';
import type { Answer, Manifest } from '../../../vision/manifest.ts';
import { toDetections } from '../../../vision/toDetections.ts';
import { openGraph } from '../../inference/graph.ts';
import type { VersionFiles } from '../deploy/writeVersion.ts';
import { decodeFor } from '../pictures/samplePictures.ts';
import type { Warning } from '../warning.ts';
import type { Picture } from './recordGoldens.ts';

/** At most this many things of a sample are told. */
const MAX_SHOWN = 10;

export interface TriedOut {
  readonly samples: ImportReport['samples'];
  readonly goldens: Pick<ImportReport['goldens'], 'largestDifference' | 'sameTop'>;
  readonly answers: readonly Answer[];
  readonly warnings: readonly Warning[];
}

/** Runs a version that was written on its goldens and on samples. */
export async function tryOut(
  dir: string,
  manifest: Manifest,
  labels: readonly string[],
  goldens: VersionFiles['goldens'],
  pictures: readonly Picture[],
): Promise<TriedOut> {
  const graph = await openGraph(path.join(dir, manifest.graph.file), manifest, labels, 1);
  const answers: Answer[] = [];
  for (const { pixels } of pictures) answers.push(await graph.run(pixels));
  const comparisons = [];
  const cases: GoldenCase[] = [];
  for (const { name, image, expected } of goldens) {
    const { pixels } = await decodeFor(image, manifest.input, true);
    const answer = await graph.run(pixels);
    comparisons.push(compareWithGolden(expected, answer));
    cases.push({ picture: `${name}.png`, golden: expected, answer });
  }
  const wrong = disagreementOf(cases, labels);
  return {
    answers,
    goldens: {
      largestDifference: Math.max(0, ...comparisons.map(({ largest }) => largest)),
      sameTop: comparisons.filter(({ sameTop }) => sameTop).length,
    },
    samples: answers.map((answer, at) => ({
      name: pictures[at]?.name ?? '',
      thumbnail: pictures[at]?.thumbnail,
      labels: toDetections(answer, labels, pictures[at]?.fitted, MAX_SHOWN)
        .detections.filter(
          ({ score }) => answer.task !== 'object-detection' || score >= manifest.minScore.default,
        )
        .map(({ label, score, box }) => ({
          label,
          score,
          ...(box ? { box: [...box] as [number, number, number, number] } : {}),
        })),
    })),
    warnings: wrong
      ? [
          {
            code: 'normalisation',
            message: `${wrong.summary} Pictures are prepared otherwise than where they were recorded, and the server will refuse it.`,
            details: [...wrong.details],
          },
        ]
      : [],
  };
}
