import {
  AREAS,
  averagePrecision,
  type FoundBox,
  matchBoxes,
  type TruthBox,
} from '../../vision/averagePrecision.ts';
import { type BenchResult, result } from '../result.ts';

/** Rows of one way to look: average precision, and what a person sees at the default confidence. */
export function precisionRows(
  name: string,
  truth: readonly TruthBox[],
  found: readonly FoundBox[],
  { minScore, aims = {} }: { minScore: number; aims?: { readonly ap?: number; readonly precision?: number } },
): BenchResult[] {
  const { ap, ap50, apSmall, apMedium, apLarge } = averagePrecision(truth, found);
  const shown = found.filter(({ score }) => score >= minScore);
  const at = (area: keyof typeof AREAS) => {
    const { things, outcomes } = matchBoxes(truth, shown, {
      overlap: 0.5,
      area: AREAS[area],
      maxFound: 100,
    });
    return { things, right: outcomes.filter(({ isRight }) => isRight).length, all: outcomes.length };
  };
  const all = at('all');
  const aim = (value: number | undefined) => (value === undefined ? undefined : { atLeast: value });
  return [
    result(`${name}: AP 0.50:0.95`, ap, '', aim(aims.ap)),
    result(`${name}: AP50`, ap50, ''),
    result(`${name}: AP small`, apSmall, ''),
    result(`${name}: AP medium`, apMedium, ''),
    result(`${name}: AP large`, apLarge, ''),
    result(`${name}: precision at ${minScore}`, all.right / all.all, '', aim(aims.precision)),
    ...(['small', 'medium', 'large'] as const).map((area) => {
      const { right, things } = at(area);
      return result(`${name}: ${area} things found, of ${things}`, right, '');
    }),
  ];
}
