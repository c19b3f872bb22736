import type { ModelScore } from '../../../protocol/score.ts';
import type { Words } from '../../ui/words/en.ts';

/** How good a version is, on what, and when that was measured. Empty for a score that only a newer page knows. */
export function scoreText({ format, modelCard }: Words, score: ModelScore): string {
  const what = numbersOf({ format, modelCard }, score);
  if (what === undefined) return '';
  return modelCard.scored(what, score.set || undefined, format.date(score.at));
}

function numbersOf({ format, modelCard }: Pick<Words, 'format' | 'modelCard'>, score: ModelScore) {
  switch (score.kind) {
    case 'boxes':
      return modelCard.precisionScore(
        format.number(score.ap, 3),
        format.number(score.ap50, 3),
        score.pictures,
      );
    case 'names': {
      const top5 = score.top5 === undefined ? undefined : format.percent(score.top5);
      return modelCard.nameScore(format.percent(score.top1), top5, score.pictures);
    }
    case 'pixels':
      return modelCard.pixelScore(
        format.number(score.meanIou, 3),
        format.percent(score.right),
        score.pictures,
      );
    default:
      return undefined;
  }
}
