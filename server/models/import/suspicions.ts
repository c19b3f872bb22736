import type { ImportOptions } from '../../../protocol/models.ts';
import type { Answer } from '../../../vision/manifest.ts';
import type { Preparation } from './deploy.ts';
import type { Warning } from './plan.ts';
import type { Arrangement } from './sourceSession.ts';

/** A way to bring pictures to a model. */
interface Way {
  readonly arrangement: Arrangement;
  readonly preparation: Preparation;
}

/** How far another way must be ahead, in evidence of 0..1, before it is told. Right ways differ by up to 0.07. */
const CLEARLY = 0.15;
/** Of two ways ahead, the one that changes less is told unless the other is ahead of it by more. */
const NEARLY = 0.05;
/** Answers that hold less than this about pictures, in nats, are the same for all. */
const FLAT = 0.05;
/** From here on answers tell pictures apart as well as four pictures need. */
const TELLING = 0.4;
/** All that is tried takes no longer than about this. */
const BUDGET_MS = 5_000;
/** And ends then, the likeliest having been tried. */
const MAX_MS = 30_000;

const NORMALISATIONS: readonly (Pick<Preparation, 'scale' | 'mean' | 'std'> & { name: string })[] = [
  { name: 'values of 0..255', scale: 1, mean: [0, 0, 0], std: [1, 1, 1] },
  { name: 'values of 0..1', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
  { name: 'values of -1..1', scale: 1 / 127.5, mean: [1, 1, 1], std: [1, 1, 1] },
  {
    name: "ImageNet's mean and deviation",
    scale: 1 / 255,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
];

interface Alternative extends Way {
  readonly code: 'swapped_channels' | 'normalisation' | 'layout';
  readonly changes: number;
  readonly inWords: string;
  readonly suggestion: ImportOptions;
}

export interface Trial {
  readonly way: Way;
  readonly pictures: readonly { readonly name: string; readonly pixels: Uint8Array }[];
  readonly labels: readonly string[];
  /** Whether the layout is known for certain. */
  readonly isLayoutSure: boolean;
  /** What the model as it came says of pixels that are prepared in some way. */
  ask(pixels: Uint8Array, way: Way): Promise<Answer>;
}

/**
 * Whether another way of preparing pictures makes the model clearly surer of them, or better at those that are named
 * after a label. Many networks care little for the order of channels or for small shifts: nothing is told of those.
 */
export async function suspicions({ way, pictures, labels, isLayoutSure, ask }: Trial): Promise<Warning[]> {
  const startedAt = performance.now();
  const own = await evidenceOf(pictures, way);
  const ownMs = performance.now() - startedAt;
  const warnings: Warning[] = [];
  if (own.isFlat) {
    warnings.push({
      code: 'flat_answers',
      message: `All ${pictures.length} sample pictures get the same answer: pictures are prepared in a way that the model was not trained for, or it is not trained.`,
    });
  }
  const others = alternatives(way, isLayoutSure);
  const share = Math.min(1, BUDGET_MS / (ownMs * others.length));
  const few = pictures.slice(0, Math.max(2, Math.floor(pictures.length * share)));
  const ownOfFew = few.length === pictures.length ? own : await evidenceOf(few, way);
  const found: { alternative: Alternative; evidence: number }[] = [];
  for (const alternative of others) {
    if (performance.now() - startedAt > MAX_MS) break;
    // A graph that fails on another layout tells that it is not meant.
    const tried = await evidenceOf(few, alternative).catch(() => undefined);
    if (tried && tried.value > ownOfFew.value + CLEARLY) found.push({ alternative, evidence: tried.value });
  }
  const most = Math.max(...found.map(({ evidence }) => evidence));
  const [best] = found
    .filter(({ evidence }) => evidence >= most - NEARLY)
    .sort((a, b) => a.alternative.changes - b.alternative.changes || b.evidence - a.evidence);
  if (best) {
    const { code, inWords, suggestion } = best.alternative;
    const [was, would] = [ownOfFew.value, best.evidence].map((value) => Math.round(value * 100));
    warnings.push({
      code,
      message: `With ${inWords} the model is clearly better on the samples (${would} of 100 instead of ${was}).`,
      suggestion,
    });
  }
  return warnings;

  async function evidenceOf(of: Trial['pictures'], by: Way) {
    const rows: { name: string; scores: Float32Array; isDistribution: boolean }[] = [];
    for (const { name, pixels } of of) {
      const answer = await ask(pixels, by);
      if (answer.task !== 'image-embedding') rows.push({ name, ...scoresByLabel(answer, labels) });
    }
    return weigh(rows, labels);
  }
}

function alternatives({ arrangement, preparation }: Way, isLayoutSure: boolean): Alternative[] {
  const isSame = (other: (typeof NORMALISATIONS)[number]) =>
    Math.abs(other.scale / preparation.scale - 1) < 0.01 &&
    `${other.mean}${other.std}` === `${preparation.mean}${preparation.std}`;
  const swapped: Preparation['channels'] = preparation.channels === 'RGB' ? 'BGR' : 'RGB';
  const orders = arrangement.image.channels === 3 ? [preparation.channels, swapped] : [preparation.channels];
  const normalisations =
    arrangement.image.dtype === 'uint8'
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
        inWords: `channels in the order ${channels}`,
        suggestion: { channels },
      });
    }
    for (const { name, scale, mean, std } of normalisations) {
      all.push({
        arrangement,
        preparation: { channels, scale, mean, std },
        code: 'normalisation',
        changes: isSwapped ? 2 : 1,
        inWords: isSwapped ? `${name} and channels in the order ${channels}` : name,
        suggestion: { scale, mean: [...mean], std: [...std], ...(isSwapped ? { channels } : {}) },
      });
    }
  }
  if (!isLayoutSure) {
    const layout = arrangement.layout === 'NCHW' ? 'NHWC' : 'NCHW';
    all.push({
      arrangement: { ...arrangement, layout },
      preparation,
      code: 'layout',
      // What was the merest guess is the first to doubt.
      changes: 0,
      inWords: `the layout ${layout}`,
      suggestion: { layout },
    });
  }
  return all;
}

function scoresByLabel(answer: Exclude<Answer, { task: 'image-embedding' }>, labels: readonly string[]) {
  if (answer.task === 'image-classification') {
    const sum = answer.scores.reduce((a, b) => a + b, 0);
    return { scores: answer.scores, isDistribution: Math.abs(sum - 1) < 0.02 };
  }
  const scores = new Float32Array(labels.length);
  for (const { label, score } of answer.detections) {
    const line = labels.indexOf(label);
    scores[line] = Math.max(scores[line] ?? 0, score);
  }
  return { scores, isDistribution: false };
}

/** How much speaks for what a model said of pictures, 0..1. */
function weigh(
  rows: readonly { name: string; scores: Float32Array; isDistribution: boolean }[],
  labels: readonly string[],
): { value: number; isFlat: boolean } {
  if (rows.length === 0) return { value: 0, isFlat: false };
  const named = rows.map(({ name }) =>
    labels.flatMap((label, line) => (isCalled(label, name) ? [line] : [])),
  );
  const sure = rows.map(({ scores }, at) => {
    const lines = named[at] ?? [];
    return lines.length > 0
      ? Math.min(
          1,
          lines.reduce((sum, line) => sum + (scores[line] ?? 0), 0),
        )
      : scores.reduce((a, b) => Math.max(a, b), 0);
  });
  const value = sure.reduce((a, b) => a + b, 0) / rows.length;
  if (rows.length < 3) return { value, isFlat: false };
  if (!rows.every(({ isDistribution }) => isDistribution)) {
    const [first] = rows;
    const isSame = ({ scores }: { scores: Float32Array }) =>
      scores.every((score, line) => Math.abs(score - (first?.scores[line] ?? 0)) < 0.01);
    return { value, isFlat: value > 0 && rows.every(isSame) };
  }
  const told = mutualInformation(rows.map(({ scores }) => scores));
  // Surest of all are networks that say the same of everything.
  return { value: value * Math.min(1, told / TELLING), isFlat: told < FLAT };
}

/** Whether a label is the name of a picture: `tabby cat` of `cat.png`, not `catamaran`. */
function isCalled(label: string, picture: string): boolean {
  const words = (text: string) => text.toLowerCase().match(/\p{L}+/gu) ?? [];
  const of = new Set(words(picture.replace(/\.\w+$/, '')));
  return words(label).some((word) => word.length > 2 && of.has(word));
}

/** What labels tell about pictures, in nats: how far answers differ from picture to picture, less their doubt. */
function mutualInformation(rows: readonly Float32Array[]): number {
  const [first] = rows;
  if (first === undefined) return 0;
  const mean = first.map((_, line) => rows.reduce((sum, row) => sum + (row[line] ?? 0), 0) / rows.length);
  return entropy(mean) - rows.reduce((sum, row) => sum + entropy(row), 0) / rows.length;
}

const entropy = (row: Float32Array): number =>
  row.reduce((sum, value) => (value > 0 ? sum - value * Math.log(value) : sum), 0);
