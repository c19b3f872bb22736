import type { ImportableTask, ImportReport } from '../../../protocol/models.ts';
import type { Text } from '../../../protocol/sentence.ts';
import { reason } from '../../../protocol/sentences/decisions.ts';
import type { Head } from '../deploy/heads/head.ts';
import type { Inspection } from '../onnx/inspect.ts';
import type { Arrangement, Outputs } from '../onnx/sourceSession.ts';
import type { Warning } from '../warning.ts';
import type { Decisions } from './decisions.ts';
import { findHead } from './outputs/findHead.ts';
import { planLabels } from './planLabels.ts';

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
  const found = findHead(inspection, arrangement, samples, {
    task: isOverruled ? undefined : declared,
    head: decisions.known('head'),
    labels,
    labelCount: labels?.length,
    boxOrder: decisions.known('boxOrder'),
    isScaleKnown: decisions.known('scale') !== undefined || inspection.takes !== undefined,
    architectures,
    output: decisions.known('output'),
  });
  const { task, head, why, isGuess = false, dropped = [] } = found;
  if (isOverruled) decisions.rule('task', task, reason('labels_present'));
  else decisions.choose('task', { value: task, how: 'inferred', why });
  if (head.kind === 'detection') {
    if (head.head === 'detr' && head.boxes === head.scores) {
      // Ultralytics writes the same metadata as into its YOLOs.
      decisions.learn({ fit: { value: 'stretch', why: reason('usual_rt_detr') } });
    }
    decisions.choose('head', { value: head.head, how: 'inferred', why });
    decisions.choose('boxOrder', {
      value: head.order,
      how: 'inferred',
      why: reason('head_form_agrees'),
    });
  }
  if ('output' in head && (dropped.length > 0 || decisions.isGiven('output'))) {
    decisions.choose('output', { value: head.output, how: 'inferred', why });
  }
  const reading = { task, head, multiLabel: false, isGuess, why, dropped };
  // What only values show comes first, see planWholePicture.
  if (head.kind === 'embedding' || head.kind === 'classification') {
    return { ...reading, labels: [], warnings: [] };
  }
  return { ...reading, ...planLabels(head.classes, task, decisions) };
}
