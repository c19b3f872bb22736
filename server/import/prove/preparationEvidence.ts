import type { ImportReport } from '../../../protocol/models.ts';
import { warn } from '../../../protocol/sentences/warnings.ts';
import type { ModelAnswer } from '../../../vision/tasks/taskOf.ts';
import type { Outputs } from '../onnx/sourceSession.ts';
import { namedLabels } from '../pictures/namedPictures.ts';
import { type Warning, warning } from '../warning.ts';
import type { KnownAnswers } from './preparationTrials.ts';
import type { Picture } from './recordGoldens.ts';

type Evidence = NonNullable<ImportReport['evidence']>;

/** With fewer named pictures no way of preparing them can be clearly better than another. */
const MIN_NAMED = 5;

/** The pictures whose label is known from their name; undefined where they are too few to prove anything. */
export function answersInNames(
  pictures: readonly Picture[],
  labels: readonly string[],
): KnownAnswers | undefined {
  const named = pictures.flatMap(({ name, pixels }) => {
    const lines = namedLabels(name, labels);
    return lines.length === 0
      ? []
      : [{ pixels, isRight: (answer: ModelAnswer) => isAmong(lines, answer, labels) }];
  });
  return named.length < MIN_NAMED ? undefined : { kind: 'named pictures', pictures: named };
}

/** Whether the best label of an answer is one of those lines. */
function isAmong(lines: readonly number[], answer: ModelAnswer, labels: readonly string[]): boolean {
  const isBest = ([first, ...others]: readonly { label: string; score: number }[]): boolean => {
    if (first === undefined) return false;
    const best = others.reduce((top, one) => (one.score > top.score ? one : top), first);
    return lines.some((line) => labels[line] === best.label);
  };
  switch (answer.task) {
    case 'image-classification': {
      const top = answer.scores.reduce((most, score) => Math.max(most, score), 0);
      // All labels alike name nothing.
      const best = Array.from(answer.scores).flatMap((score, line) => (score === top ? [line] : []));
      return best.every((line) => lines.includes(line));
    }
    case 'object-detection':
      return isBest(answer.detections);
    case 'instance-segmentation':
      return isBest(answer.instances);
    case 'keypoint-detection':
      return isBest(answer.poses);
    case 'image-embedding':
    case 'text-recognition':
    case 'thing-embedding':
      return false;
    case 'semantic-segmentation':
      return lines.some((line) => labels[line] === answer.areas[0]?.label);
    default:
      return answer satisfies never;
  }
}

/** What speaks for how values are prepared where no answer is known: who said it. */
export function evidenceInDecisions(decisions: ImportReport['decisions']): Evidence {
  const ways = decisions
    .filter(({ field }) => ['scale', 'mean', 'std'].includes(field))
    .map(({ how }) => how);
  if (ways.includes('assumed')) return { kind: 'none' };
  if (ways.includes('given')) return { kind: 'given' };
  return { kind: ways.includes('said by the model') ? 'published' : 'graph' };
}

/** One answer for all pictures, number for number, as far as it is read. */
export function flatAnswers(samples: readonly Outputs[], read: readonly string[]): Warning[] {
  const [first, ...others] = samples;
  if (first === undefined || others.length < 2) return [];
  const isSame = (a: number, b: number) => Math.abs(a - b) <= 1e-3 * Math.max(Math.abs(a), Math.abs(b));
  const areSame = others.every((other) =>
    read.every((name) => {
      const [mine, its] = [first.get(name)?.data, other.get(name)?.data];
      return (
        mine &&
        its &&
        mine.length === its.length &&
        mine.every((value, at) => isSame(value, its[at] ?? Number.NaN))
      );
    }),
  );
  if (!areSame) return [];
  return [warning('flat_answers', warn('flat_answers', { pictures: samples.length }))];
}
