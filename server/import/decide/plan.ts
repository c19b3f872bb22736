import type { ImportOptions, ImportReport } from '../../../protocol/models.ts';
import { beginsWithBackground, isHole } from '../../../vision/labels/noClass.ts';
import type { TaskName } from '../../../vision/tasks/taskOf.ts';
import type { Preparation } from '../deploy/deploy.ts';
import type { Head } from '../deploy/heads/head.ts';
import { ImportError } from '../importError.ts';
import type { FinalOp, Inspection } from '../onnx/inspect.ts';
import type { Arrangement, Outputs } from '../onnx/sourceSession.ts';
import { cocoClasses } from './cocoLabels.ts';
import type { Decisions, Guess } from './decisions.ts';
import { findHead } from './outputs/findHead.ts';
import { sideBySteps } from './planFit.ts';
import { IMAGENET_DEFAULT } from './preprocessing/published.ts';

export type Warning = ImportReport['warnings'][number];

/** How the numbers of the input lie, and how many there are. @throws ImportError `needs_options`, `unsupported_use` */
export function planArrangement({ image }: Inspection, decisions: Decisions): Arrangement {
  const { value, why, isSure } = image.layout;
  const layout = decisions.choose('layout', { value, why, how: isSure ? 'inferred' : 'assumed' });
  const side = (field: 'width' | 'height'): number => {
    const fixed = image[field];
    if (fixed === undefined) {
      const assumed = {
        value: 224,
        how: 'assumed',
        why: 'the graph leaves it open, and most classifiers were trained at 224; --size WIDTHxHEIGHT sets it',
      } as const;
      return decisions.choose(field, sideBySteps(field, decisions) ?? assumed);
    }
    const known = decisions.known(field);
    if (decisions.isGiven(field) && known !== fixed) {
      throw new ImportError(
        'unsupported_use',
        `The graph takes a ${field} of ${fixed} pixels alone, not ${known}.`,
      );
    }
    return decisions.rule(field, fixed, 'the graph takes no other');
  };
  const width = side('width');
  return { image, layout, width, height: side('height') };
}

/** What the model is for, and how its outputs are read as far as their shapes tell. */
export interface Reading {
  readonly task: TaskName;
  readonly labels: readonly string[];
  readonly head: Head;
  readonly multiLabel: boolean;
  readonly warnings: readonly Warning[];
  /** Values must tell whether it is a classifier: see planWholePicture. */
  readonly isGuess: boolean;
  readonly why: string;
  /** Outputs that are not read, and why. */
  readonly dropped: NonNullable<ImportReport['dropped']>;
}

const PLAIN = { mean: [0, 0, 0], std: [1, 1, 1] } as const satisfies Record<string, Preparation['mean']>;

/** How a picture's values are prepared. */
export function planPreparation(
  { image, takes }: Inspection,
  { task, head }: { task: TaskName; head: Pick<Head, 'kind'> },
  decisions: Decisions,
): Preparation {
  const channels = decisions.choose('channels', {
    value: 'RGB',
    how: 'assumed',
    why: task === 'object-detection' ? 'most detectors take it' : 'most models take it',
  });
  const isValueGiven = (['scale', 'mean', 'std'] as const).some((field) => decisions.isGiven(field));
  if (image.dtype === 'uint8' && !isValueGiven) {
    // Fractions would be cut off: what files say of them, the graph does itself.
    const why = 'the input takes bytes as they are';
    return {
      channels,
      scale: decisions.rule('scale', 1, why),
      mean: decisions.rule('mean', [...PLAIN.mean], why),
      std: decisions.rule('std', [...PLAIN.std], why),
    };
  }
  const isYolo = head.kind === 'detection';
  const ranges = { '0..255': 1, '0..1': 1 / 255 };
  type Guessed = { scale: number; mean: Preparation['mean']; std: Preparation['std']; why: string };
  const guess: Guessed & { how: Guess<'scale'>['how'] } = takes
    ? { ...PLAIN, scale: ranges[takes.range], how: 'inferred', why: `${takes.why}, for ${takes.range}` }
    : isYolo
      ? { ...PLAIN, scale: 1 / 255, how: 'assumed', why: 'most detectors take 0..1' }
      : image.layout.value === 'NHWC'
        ? {
            scale: 1 / 127.5,
            mean: [1, 1, 1],
            std: [1, 1, 1],
            how: 'assumed',
            why: 'classifiers with channels last come from Keras, where -1..1 is usual',
          }
        : {
            ...IMAGENET_DEFAULT,
            scale: 1 / 255,
            how: 'assumed',
            why: 'classifiers and embeddings with channels first come from PyTorch, with the mean and deviation of ImageNet',
          };
  const scale = decisions.choose('scale', scaleFromMean(decisions) ?? { ...guess, value: guess.scale });
  // Who says how values are scaled, and no more, means that nothing else is done to them.
  const rest: Guessed & { how: Guess<'mean'>['how'] } =
    decisions.known('scale') === undefined
      ? guess
      : { ...PLAIN, scale, how: 'inferred', why: 'the scale was told, and nothing of this' };
  const mean = decisions.choose('mean', { ...rest, value: [...rest.mean] });
  const std = decisions.choose('std', { ...rest, value: [...rest.std] });
  return { channels, scale, mean, std };
}

/** A mean of 0.485 is one of 0..1, a mean of 123 one of 0..255. */
function scaleFromMean(decisions: Decisions): Guess<'scale'> | undefined {
  const known = decisions.known('mean') ?? decisions.known('std');
  if (known === undefined) return undefined;
  const isOfBytes = known.some((value) => Math.abs(value) > 2);
  return {
    value: isOfBytes ? 1 : 1 / 255,
    how: 'inferred',
    why: `mean and deviation are of 0..${isOfBytes ? 255 : 1}`,
  };
}

/**
 * What the outputs are, by what the model gives for grey and for the sample pictures.
 * @throws ImportError `unsupported_model`, `needs_options`
 */
export function planReading(
  inspection: Inspection,
  arrangement: Arrangement,
  samples: readonly Outputs[],
  decisions: Decisions,
  architectures: readonly string[],
): Reading {
  const said = decisions.known('task');
  const labels = decisions.known('labels');
  // The configuration of a model without a head says "embedding"; labels say that a head was put on it.
  const isOverruled = said === 'image-embedding' && labels !== undefined && !decisions.isGiven('task');
  const found = findHead(inspection, arrangement, samples, {
    task: isOverruled ? undefined : said,
    head: decisions.known('head'),
    labels,
    labelCount: labels?.length,
    boxOrder: decisions.known('boxOrder'),
    isScaleKnown: decisions.known('scale') !== undefined || inspection.takes !== undefined,
    architectures,
    output: decisions.known('output'),
  });
  const { task, head, why, isGuess = false, dropped = [] } = found;
  if (isOverruled) decisions.rule('task', task, 'labels came with it');
  else decisions.choose('task', { value: task, how: 'inferred', why });
  if (head.kind === 'detection') {
    if (head.head === 'detr' && head.boxes === head.scores) {
      // Ultralytics writes the same metadata as into its YOLOs.
      decisions.learn({ fit: { value: 'stretch', why: 'RT-DETR was trained so' } });
    }
    decisions.choose('head', { value: head.head, how: 'inferred', why });
    decisions.choose('boxOrder', {
      value: head.order,
      how: 'inferred',
      why: 'as heads of this kind have it, and the values agree',
    });
  }
  if ('output' in head && (dropped.length > 0 || decisions.isGiven('output'))) {
    decisions.choose('output', { value: head.output, how: 'inferred', why });
  }
  const reading = { task, head, multiLabel: false, isGuess, why, dropped };
  // What only values tell comes first, see planWholePicture.
  if (head.kind === 'embedding' || head.kind === 'classification') {
    return { ...reading, labels: [], warnings: [] };
  }
  return { ...reading, ...planLabels(head.classes, task, decisions) };
}

export function planLabels(
  count: number,
  task: TaskName,
  decisions: Decisions,
): { labels: readonly string[]; warnings: Warning[] } {
  const said = decisions.known('labels');
  // What a detector's list says of the background has no place among its things.
  const isNamed = task === 'object-detection' && said && said.length > count && beginsWithBackground(said);
  const known = isNamed ? said.slice(1) : said;
  const numbered = (line: number) => `class ${line}`;
  if (known === undefined) {
    const isCoco = task === 'object-detection' && count === cocoClasses.length;
    const labels = isCoco
      ? cocoClasses.map(({ label }) => label)
      : Array.from({ length: count }, (_, line) => numbered(line));
    decisions.choose('labels', {
      value: labels,
      how: 'assumed',
      why: isCoco ? 'a detector of 80 classes was most likely trained on COCO' : 'nothing names the classes',
    });
    const message = isCoco
      ? 'Nothing names the 80 classes; they are taken for those of COCO. Give the labels where that is wrong.'
      : `Nothing names the ${count} classes. Give their labels, a line each.`;
    return { labels, warnings: [{ code: 'no_labels', message }] };
  }
  // A number that no class has is no name to show.
  const cleaned = known.map((label, line) => (isHole(label) ? numbered(line) : cleanLabel(label)));
  if (cleaned.length === count) {
    decisions.choose('labels', labelsGuess(cleaned));
    return { labels: cleaned, warnings: [] };
  }
  decisions.choose('labels', labelsGuess(cleaned));
  const isBackgroundMissing = cleaned.length === count - 1;
  const all = isBackgroundMissing && count > 2 ? ['background', ...cleaned] : cleaned;
  const labels = Array.from({ length: count }, (_, line) => all[line] ?? numbered(line));
  return {
    labels,
    warnings: [
      {
        code: 'label_count',
        message: `The model tells ${count} classes apart, there are ${cleaned.length} labels. ${
          isBackgroundMissing && count > 2
            ? 'The first class is taken for "background", as TensorFlow has it.'
            : 'Lines that are missing are numbered, lines too many are left out; names are likely wrong.'
        }`,
        ...(isBackgroundMissing && count > 2 ? { suggestion: { labels: [...labels] } } : {}),
      },
    ],
  };
}

const labelsGuess = (value: string[]): Guess<'labels'> => ({ value, how: 'inferred', why: '' });

/** One line of text: what breaks lines, or is no character to be seen, becomes a space. */
const cleanLabel = (label: string): string =>
  label
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, 200);

/** What the numbers that a model gave for pictures are. */
export type ScoreKind = 'distribution' | 'probabilities' | 'logits';

/** @param rows the scores of one picture each */
export function scoreKind(rows: readonly ArrayLike<number>[]): ScoreKind {
  const all = rows.map((row) => Array.from(row));
  if (!all.every((row) => row.every((value) => value >= -1e-3 && value <= 1 + 1e-3))) return 'logits';
  const isOne = (row: number[]) => Math.abs(row.reduce((sum, value) => sum + value, 0) - 1) < 0.02;
  return all.every(isOne) ? 'distribution' : 'probabilities';
}

/**
 * What turns a classifier's output into scores, and what looks wrong about it.
 */
export function planActivation(
  head: Extract<Head, { kind: 'classification' }>,
  kind: ScoreKind,
  finalOp: FinalOp | undefined,
  decisions: Decisions,
): { head: typeof head; multiLabel: boolean; warnings: Warning[] } {
  type Activation = NonNullable<ImportOptions['activation']>;
  const columns = head.isBinary ? 1 : head.classes;
  const guessed: Guess<'activation'> =
    finalOp === 'softmax' || finalOp === 'sigmoid'
      ? { value: 'none', how: 'inferred', why: `the graph ends with ${finalOp}` }
      : kind === 'distribution' && columns > 1
        ? { value: 'none', how: 'inferred', why: 'what the samples give sums to 1' }
        : kind === 'probabilities' && finalOp === undefined
          ? { value: 'none', how: 'inferred', why: 'what the samples give lies in 0..1' }
          : {
              value: columns === 1 || decisions.known('multiLabel') === true ? 'sigmoid' : 'softmax',
              how: 'inferred',
              why: finalOp ? `the graph ends with ${finalOp}` : 'what the samples give are no scores of 0..1',
            };
  const activation: Activation = decisions.choose('activation', guessed);
  const isMulti =
    !head.isBinary &&
    (activation === 'sigmoid' ||
      (activation === 'none' && kind === 'probabilities' && finalOp !== 'softmax'));
  const multiLabel = decisions.choose('multiLabel', {
    value: isMulti,
    how: 'inferred',
    why: isMulti ? 'each score stands for itself' : 'the scores of a picture sum to 1',
  });
  // Never against what the person said; what the values prove is told all the same.
  const suggest = (value: Activation): Pick<Warning, 'suggestion'> =>
    decisions.isGiven('activation') ? {} : { suggestion: { activation: value } };
  const warnings: Warning[] = [];
  if (activation === 'none' && kind === 'logits') {
    warnings.push({
      code: 'logits',
      message:
        'The model gives values outside of 0..1, and no activation turns them into scores: they are cut to 0..1.',
      ...suggest(guessed.value === 'none' ? 'softmax' : guessed.value),
    });
  }
  const areScores =
    finalOp === 'softmax' || finalOp === 'sigmoid' || (kind === 'distribution' && columns > 1);
  if (activation !== 'none' && areScores && kind !== 'logits') {
    warnings.push({
      code: 'softmax_twice',
      message: `The model gives scores already (${guessed.why}); ${activation} once more makes all of them much the same.`,
      ...suggest('none'),
    });
  }
  return { head: { ...head, activation }, multiLabel, warnings };
}
