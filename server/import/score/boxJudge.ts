import type { JudgedPicture } from '../../../protocol/score.ts';
import {
  AREAS,
  averagePrecision,
  type FoundBox,
  matchBoxes,
  type TruthBox,
} from '../../../vision/averagePrecision.ts';
import { taskOf } from '../../../vision/tasks/taskOf.ts';
import { ImportError } from '../importError.ts';
import type { PictureFile } from '../pictures/pictureFiles.ts';
import { foundBoxes, sharedLabels, type Truth, truthBoxes } from '../truth/truth.ts';
import { type Judge, type JudgedVersion, numbersIn, someOf, worstOf } from './judge.ts';

/** Boxes that are told as missed or wrong overlap a thing less than that, and those that find it no less. */
const SEEN_OVERLAP = 0.5;
/** Of one label in one picture. */
const MAX_FOUND = 100;

/**
 * Boxes of a detector. Average precision is of all of them, whatever their confidence; the worst pictures are those with the most
 * things missed and boxes wrong at the default confidence, as a person sees them.
 * @throws ImportError `unknown_source` where the model has none of the truth's labels
 */
export function judgeBoxes(
  { manifest, labels }: JudgedVersion,
  pictures: readonly PictureFile[],
  truth: Truth,
  { worst }: { worst: number },
): Judge {
  const shared = sharedLabels(truth, labels);
  if (shared.lacking.length === truth.classes.length) {
    throw new ImportError(
      'unknown_source',
      `The pictures have labels for ${someOf(truth.classes)}; the model knows ${someOf(labels)}. It cannot find any of them.`,
    );
  }
  const judged = pictures.filter(({ name }) => truth.pictures.has(name));
  const task = taskOf(manifest.task);
  const isJudged = new Set(truth.classes.map((label) => shared.ours(label)));
  const things: TruthBox[] = [];
  const found: FoundBox[] = [];
  const names: string[] = [];
  return {
    pictures: judged,
    see({ name }, answer, pictureSize) {
      const known = truth.pictures.get(name);
      if (known === undefined) return undefined;
      const size = known.size ?? pictureSize;
      things.push(...truthBoxes(known, names.length, size, shared));
      found.push(
        ...foundBoxes(task.labelsOf(answer), names.length, size).filter(({ label }) => isJudged.has(label)),
      );
      names.push(name);
      return undefined;
    },
    result() {
      const { ap, ap50, ap75, apSmall, apMedium, apLarge, ar, labels } = averagePrecision(
        things,
        found,
        MAX_FOUND,
      );
      const count = things.filter(({ isCrowd }) => !isCrowd).length;
      if (count === 0) {
        throw new ImportError(
          'unknown_source',
          'No picture that could be read shows a thing that the model knows. Add pictures that do.',
        );
      }
      const missing = pictures.length - judged.length;
      return {
        score: { kind: 'boxes', pictures: names.length, things: count, ap, ap50 },
        more: numbersIn({ ap75, apSmall, apMedium, apLarge, ar }),
        classes: labels
          .filter(({ things }) => things > 0)
          .map(({ label, things, ap }) => ({ label, count: things, score: ap })),
        worst: worstOf(judgedPictures(names, things, found, manifest.minScore.default), worst),
        notes: [
          ...(missing > 0
            ? [
                `${missing === 1 ? '1 picture has' : `${missing} pictures have`} no labels, and ${missing === 1 ? 'was' : 'were'} left out.`,
              ]
            : []),
          ...(shared.lacking.length > 0
            ? [`Labels that the model does not have were left out: ${someOf(shared.lacking)}.`]
            : []),
        ],
      };
    },
  };
}

/** What is missed and wrong in each picture among the boxes of at least this score. */
function judgedPictures(
  names: readonly string[],
  truth: readonly TruthBox[],
  found: readonly FoundBox[],
  minScore: number,
): JudgedPicture[] {
  const { outcomes, missed } = matchBoxes(
    truth,
    found.filter(({ score }) => score >= minScore),
    { overlap: SEEN_OVERLAP, area: AREAS.all, maxFound: MAX_FOUND },
  );
  const all = names.map((picture) => ({
    picture,
    missed: [] as string[],
    wrong: [] as { label: string; score: number }[],
  }));
  for (const { image, label } of missed) all[image]?.missed.push(label);
  for (const { found: box, isRight } of outcomes) {
    if (!isRight) all[box.image]?.wrong.push({ label: box.label, score: box.score });
  }
  return all.map((one) => ({ ...one, faults: one.missed.length + one.wrong.length }));
}
