import type { ImportableTask, ImportReport } from '../../../protocol/models.ts';
import type { Sentence, Text } from '../../../protocol/sentence.ts';
import { reason } from '../../../protocol/sentences/decisions.ts';
import { aboutOutputs } from '../../../protocol/sentences/outputs.ts';
import { warn } from '../../../protocol/sentences/warnings.ts';
import type { Head } from '../deploy/heads/head.ts';
import { valuesOf } from '../onnx/filledInputs.ts';
import type { Inspection } from '../onnx/inspect.ts';
import type { Arrangement, Outputs } from '../onnx/sourceSession.ts';
import { type Warning, warning } from '../warning.ts';
import type { Decisions } from './decisions.ts';
import { findHead } from './outputs/findHead.ts';
import { planLabels } from './planLabels.ts';
import { learnLandmarkPreparation, learnPublishedPreparation } from './publishedPreparation.ts';

/** Inputs of PaddleDetection's models, which take pictures stretched (`keep_ratio: false`). */
const PADDLE: ReadonlySet<string> = new Set(['im_shape', 'scale_factor']);

/** What the model is for, and how its outputs are read as far as their shapes show. */
export interface Reading {
  readonly task: ImportableTask;
  readonly labels: readonly string[];
  readonly head: Head;
  readonly multiLabel: boolean;
  readonly warnings: readonly Warning[];
  /** Values must show whether it is a classifier: see planWholePicture. */
  readonly isGuess: boolean;
  readonly why: Text;
  /** Unused outputs, and why. */
  readonly dropped: NonNullable<ImportReport['dropped']>;
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
  const declared = decisions.known('task');
  const labels = decisions.known('labels');
  // The configuration of a model without a head says "embedding"; labels say that a head was put on it.
  const isOverruled = declared === 'image-embedding' && labels !== undefined && !decisions.isGiven('task');
  // Who says which head it is wants the boxes of a model of masks alone.
  const areBoxesWanted =
    declared === 'instance-segmentation' && decisions.isGiven('head') && !decisions.isGiven('task');
  const found = findHead(inspection, arrangement, samples, {
    task: areBoxesWanted ? 'object-detection' : isOverruled ? undefined : declared,
    head: decisions.known('head'),
    labels,
    labelCount: labels?.length,
    anchors: decisions.known('anchors'),
    boxOrder: decisions.known('boxOrder'),
    isScaleKnown: decisions.known('scale') !== undefined || inspection.takes !== undefined,
    architectures,
    output: decisions.known('output'),
  });
  const { task, head, isGuess = false, dropped = [], subject, expectsCrop = false } = found;
  const why = withFilled(found.why, inspection, arrangement);
  if (isOverruled) decisions.rule('task', task, reason('labels_present'));
  else if (areBoxesWanted) decisions.rule('task', task, why);
  else decisions.choose('task', { value: task, how: 'inferred', why });
  const boxes = head.kind === 'keypoints' ? head.boxes : head;
  if (boxes?.kind === 'detection' && (boxes.head === 'grid' || boxes.head === 'anchors')) {
    learnPublishedPreparation(boxes, inspection.takes !== undefined, decisions);
  }
  if (expectsCrop) learnLandmarkPreparation(inspection.takes !== undefined, decisions);
  if (head.kind === 'detection') {
    if (head.head === 'detr' && head.boxes === head.scores) {
      // Ultralytics writes the same metadata as into its YOLOs.
      decisions.learn({ fit: { value: 'stretch', why: reason('usual_rt_detr') } });
    }
    if (inspection.filled.some(({ name }) => PADDLE.has(name)) && decisions.known('fit') === undefined) {
      decisions.learn({ fit: { value: 'stretch', why: reason('usual_paddle') } });
    }
    decisions.choose('head', { value: head.head, how: 'inferred', why });
    if (head.head === 'anchors') {
      decisions.choose('anchors', { value: head.family, how: 'inferred', why });
    }
    decisions.choose('boxOrder', {
      value: head.order,
      how: 'inferred',
      why: reason('head_form_agrees'),
    });
  }
  if ('output' in head && (dropped.length > 0 || decisions.isGiven('output'))) {
    decisions.choose('output', { value: head.output, how: 'inferred', why });
  }
  const warnings = expectsCrop
    ? [warning('expects_crop', warn('expects_crop', { thing: subject ?? labels?.[0] ?? '' }))]
    : [];
  const reading = { task, head, multiLabel: false, isGuess, why, dropped };
  // What only values show comes first, see planWholePicture.
  if (head.kind === 'embedding' || head.kind === 'classification') {
    return { ...reading, labels: [], warnings: [] };
  }
  if (subject !== undefined) {
    const label = decisions.rule('labels', [subject], reason('subject_of_points'));
    return { ...reading, labels: label, warnings };
  }
  const named = planLabels(head.classes, task, decisions);
  return { ...reading, labels: named.labels, warnings: [...warnings, ...named.warnings] };
}

/** Names the inputs that are the same for all pictures, with what stands in them. */
function withFilled(why: Sentence, { filled }: Inspection, arrangement: Arrangement): Sentence {
  if (filled.length === 0) return why;
  const inputs = filled.map((input) => `"${input.name}" = ${valuesOf(input, arrangement).join(', ')}`);
  return aboutOutputs('and_filled', { found: why, inputs });
}
