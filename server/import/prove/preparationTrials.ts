import type { ImportOptions, ImportReport } from '../../../protocol/models.ts';
import type { Sentence } from '../../../protocol/sentence.ts';
import { warn } from '../../../protocol/sentences/warnings.ts';
import type { ModelAnswer } from '../../../vision/tasks/taskOf.ts';
import type { Decisions } from '../decide/decisions.ts';
import { IMAGENET_DEFAULT } from '../decide/preprocessing/published.ts';
import type { Preparation } from '../onnx/preparation.ts';
import type { Arrangement } from '../onnx/sourceSession.ts';
import { type Warning, warning } from '../warning.ts';

/** How pictures go into a model. */
export interface InputSetup {
  readonly arrangement: Arrangement;
  readonly preparation: Preparation;
}

const NORMALISATIONS: readonly (Pick<Preparation, 'scale' | 'mean' | 'std'> & { name: Sentence })[] = [
  { name: warn('values_255'), scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
  { name: warn('values_1'), scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
  { name: warn('values_minus_1'), scale: 1 / 127.5, mean: [1, 1, 1], std: [1, 1, 1] },
  { name: warn('values_imagenet'), scale: 1 / 255, ...IMAGENET_DEFAULT },
];
/** After that no other setups are tried, ms. */
const MAX_MS = 30_000;
/** Chance that two equally good ways differ as far: of a sign test, one-sided. 5 pictures to none are just enough. */
const MAX_CHANCE = 0.05;

interface Alternative extends InputSetup {
  readonly code: 'swapped_channels' | 'normalisation' | 'layout';
  readonly changes: number;
  readonly inWords: Sentence;
  readonly suggestion: ImportOptions;
}

/** Answers that are known: pictures named after labels, or what another runtime recorded. */
export interface KnownAnswers {
  readonly kind: 'goldens' | 'named pictures';
  readonly pictures: readonly { readonly pixels: Uint8Array; isRight(answer: ModelAnswer): boolean }[];
}

export interface PreparationTrial {
  readonly setup: InputSetup;
  readonly known: KnownAnswers;
  /** Fields that the person gave are never suggested otherwise. */
  readonly decisions: Pick<Decisions, 'isGiven'>;
  readonly isLayoutSure: boolean;
  answer(pixels: Uint8Array, setup: InputSetup): Promise<ModelAnswer>;
}

/**
 * How many of the known answers the model gives, and the setup that gives clearly more of them, if
 * there is one. How sure the model is counts for nothing: networks are often surest of pictures that were prepared wrongly.
 */
export async function tryPreparations({
  setup,
  known,
  decisions,
  isLayoutSure,
  answer,
}: PreparationTrial): Promise<{
  evidence: NonNullable<ImportReport['evidence']>;
  warnings: Warning[];
}> {
  const startedAt = performance.now();
  const own = await answersOf(setup);
  const right = count(own);
  const evidence = { kind: known.kind, right, of: own.length };
  // Too few are wrong for another way to be clearly better.
  if (!isClearlyMore(own.length - right, 0, known.kind)) return { evidence, warnings: [] };
  const better: { alternative: Alternative; right: number }[] = [];
  for (const alternative of alternatives(setup, isLayoutSure, decisions)) {
    if (performance.now() - startedAt > MAX_MS) break;
    // A graph that fails on another layout shows that it is not the right one.
    const found = await answersOf(alternative).catch(() => undefined);
    if (found === undefined) continue;
    const gained = found.filter((isRight, at) => isRight && !own[at]).length;
    const lost = found.filter((isRight, at) => !isRight && own[at]).length;
    if (isClearlyMore(gained, lost, known.kind)) better.push({ alternative, right: count(found) });
  }
  const [best, second] = better.sort(
    (a, b) => b.right - a.right || a.alternative.changes - b.alternative.changes,
  );
  if (best === undefined) return { evidence, warnings: [] };
  const { code, inWords, suggestion } = best.alternative;
  const isTie = second?.right === best.right && second.alternative.changes === best.alternative.changes;
  const found = warn(known.kind === 'goldens' ? 'better_for_goldens' : 'better_for_pictures', {
    way: inWords,
    right: best.right,
    of: own.length,
    before: right,
  });
  const tie = isTie && warn('tie', { better: found, other: second.alternative.inWords });
  return {
    evidence,
    warnings: [tie ? warning(code, tie) : { ...warning(code, found), suggestion }],
  };

  async function answersOf(by: InputSetup): Promise<boolean[]> {
    const found: boolean[] = [];
    for (const { pixels, isRight } of known.pictures) found.push(isRight(await answer(pixels, by)));
    return found;
  }
}

const count = (found: readonly boolean[]) => found.filter(Boolean).length;

/** Numbers that another runtime recorded agree by no chance; labels may. */
function isClearlyMore(gained: number, lost: number, kind: KnownAnswers['kind']): boolean {
  if (kind === 'goldens') return gained > 0 && lost === 0;
  return gained > 0 && chanceOf(gained, gained + lost) < MAX_CHANCE;
}

/** Of at least that many heads in that many throws. */
function chanceOf(heads: number, throws: number): number {
  let ways = 1;
  let all = 0;
  for (let k = throws; k >= heads; k--) {
    all += ways;
    ways = (ways * k) / (throws - k + 1);
  }
  return all / 2 ** throws;
}

function alternatives(
  { arrangement, preparation }: InputSetup,
  isLayoutSure: boolean,
  decisions: PreparationTrial['decisions'],
): Alternative[] {
  const isGiven = (field: keyof ImportOptions) => decisions.isGiven(field);
  const isSame = (other: (typeof NORMALISATIONS)[number]) =>
    Math.abs(other.scale / preparation.scale - 1) < 0.01 &&
    `${other.mean}${other.std}` === `${preparation.mean}${preparation.std}`;
  const swapped: Preparation['channels'] = preparation.channels === 'RGB' ? 'BGR' : 'RGB';
  const orders =
    arrangement.image.channels === 3 && !isGiven('channels')
      ? [preparation.channels, swapped]
      : [preparation.channels];
  const isValueGiven = isGiven('scale') || isGiven('mean') || isGiven('std');
  const normalisations =
    arrangement.image.dtype === 'uint8' || isValueGiven
      ? []
      : NORMALISATIONS.filter((normalisation) => !isSame(normalisation));
  const all: Alternative[] = [];
  for (const channels of orders) {
    const isSwapped = channels !== preparation.channels;
    if (isSwapped) {
      all.push({
        arrangement,
        preparation: { ...preparation, channels },
        code: 'swapped_channels',
        changes: 1,
        inWords: warn('channel_order', { channels }),
        suggestion: { channels },
      });
    }
    for (const { name, scale, mean, std } of normalisations) {
      all.push({
        arrangement,
        preparation: { channels, scale, mean, std },
        code: 'normalisation',
        changes: isSwapped ? 2 : 1,
        inWords: isSwapped ? warn('values_and_order', { values: name, channels }) : name,
        suggestion: { scale, mean: [...mean], std: [...std], ...(isSwapped ? { channels } : {}) },
      });
    }
  }
  if (!isLayoutSure && !isGiven('layout')) {
    const layout = arrangement.layout === 'NCHW' ? 'NHWC' : 'NCHW';
    all.push({
      arrangement: { ...arrangement, layout },
      preparation,
      code: 'layout',
      // The least certain decision is the first to question.
      changes: 0,
      inWords: warn('layout', { layout }),
      suggestion: { layout },
    });
  }
  return all;
}
