import { compareWithGolden, isOutsideReference } from './golden.ts';
import type { Answer, Golden } from './manifest.ts';
import type { Detection } from './tracker.ts';

/** One golden picture and what a runtime gave for it. */
export interface GoldenCase {
  /** The file, such as `goldens/1-cat.png`. */
  readonly picture: string;
  readonly golden: Golden;
  readonly answer: Answer;
}

/** What goldens say against a model. */
export interface Disagreement {
  /** One line: how many pictures differ, and how the worst does. */
  readonly summary: string;
  /** A line for each difference, those of a picture together; at most `MAX_DETAILS`. */
  readonly details: readonly string[];
}

export const MAX_DETAILS = 50;

/**
 * @param cases all goldens of a model
 * @param labels of the model, for the names of scores
 * @returns undefined where nothing differs by more than is allowed
 */
export function disagreementOf(
  cases: readonly GoldenCase[],
  labels: readonly string[],
): Disagreement | undefined {
  const wrong = cases
    .map((one) => ({ ...one, ...compareWithGolden(one.golden, one.answer) }))
    .filter(({ differences }) => differences.length > 0);
  const [worst] = wrong.toSorted((a, b) => b.largest - a.largest);
  if (worst === undefined) return undefined;
  const where = isOutsideReference(worst.golden.recordedBy) ? 'where it was trained' : 'when it was imported';
  const name = fileName(worst.picture);
  const many = `${wrong.length} of ${cases.length} recorded pictures ${wrong.length === 1 ? 'differs' : 'differ'}`;
  const text = worstText(worst, labels) ?? worst.differences[0];
  const lines = wrong.flatMap(({ picture, differences }) =>
    differences.map((difference) => `${fileName(picture)}: ${difference}`),
  );
  const left = lines.length - MAX_DETAILS;
  return {
    summary: `It does not answer as ${where}: ${many}, the worst is ${name}: ${text}.`,
    details: left > 0 ? [...lines.slice(0, MAX_DETAILS - 1), `… and ${left + 1} more`] : lines,
  };
}

const fileName = (picture: string) => picture.slice(picture.lastIndexOf('/') + 1);

/** The largest difference, as `cat 0.93 recorded, 0.41 here`; undefined where both are not of one kind or size. */
function worstText({ golden, answer }: GoldenCase, labels: readonly string[]): string | undefined {
  if ('scores' in golden && answer.task === 'image-classification') {
    if (golden.scores.length !== answer.scores.length) return undefined;
    const gap = (at: number) => {
      const found = Math.abs((answer.scores[at] ?? Number.NaN) - (golden.scores[at] ?? 0));
      return Number.isNaN(found) ? Number.POSITIVE_INFINITY : found;
    };
    const at = golden.scores.reduce((best, _, one) => (gap(one) > gap(best) ? one : best), 0);
    const label = labels[at] ?? `label ${at + 1}`;
    return `${short(label)} ${inScore(golden.scores[at])} recorded, ${inScore(answer.scores[at])} here`;
  }
  if ('detections' in golden && answer.task === 'object-detection') {
    return worstDetection(golden.detections, answer.detections);
  }
  return undefined;
}

type Seen = Pick<Detection, 'label' | 'score'>;

/** Of the label whose best scores differ most, or of all boxes where only places do. */
function worstDetection(recorded: readonly Seen[], found: readonly Seen[]): string {
  const best = (seen: readonly Seen[], label: string) =>
    seen.filter((one) => one.label === label).reduce((most, { score }) => Math.max(most, score), 0);
  const names = [...new Set([...recorded, ...found].map(({ label }) => label))].map((label) => ({
    label,
    before: best(recorded, label),
    here: best(found, label),
  }));
  const gap = ({ before, here }: (typeof names)[number]) => Math.abs(before - here);
  const [worst] = names.toSorted((a, b) => gap(b) - gap(a));
  if (worst === undefined || gap(worst) < LEAST_GAP) return 'boxes lie elsewhere, or are more or fewer';
  const { before, here } = worst;
  const label = short(worst.label);
  if (before === 0) return `${label} is not recorded, ${inScore(here)} here`;
  return `${label} ${inScore(before)} recorded, ${here === 0 ? 'none' : inScore(here)} here`;
}

/** What two decimals cannot show. */
const LEAST_GAP = 0.01;

/** A line stays a line. */
const short = (label: string) => (label.length > 40 ? `${label.slice(0, 39)}…` : label);

const inScore = (score: number | undefined) => (score ?? Number.NaN).toFixed(2);
