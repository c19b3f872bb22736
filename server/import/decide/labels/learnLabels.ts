import type { Outputs } from '../../onnx/sourceSession.ts';
import { type Warning, warning } from '../../warning.ts';
import type { Decisions } from '../decisions.ts';
import type { Declared } from '../hints.ts';
import { chooseLabels } from './chooseLabels.ts';
import type { LabelSource } from './labelSource.ts';
import type { LabelHints } from './readLabelHints.ts';

/**
 * Chooses the labels among all places that name the outputs, now that the shapes of the outputs are known. What the file
 * itself declares goes before files next to it, and those before `fallback`. @returns what was ignored, and what is strange
 */
export function learnLabels(
  decisions: Decisions,
  declared: Declared,
  { sources, warnings }: Pick<LabelHints, 'sources' | 'warnings'>,
  outputs: Outputs,
  fallback?: Declared['labels'],
): Warning[] {
  const asSource = (labels: Declared['labels']): LabelSource[] =>
    labels ? [{ labels: labels.value, from: labels.why, form: '', warnings: [] }] : [];
  const chosen = chooseLabels(
    [...asSource(declared.labels), ...sources, ...asSource(fallback)],
    [...outputs.values()].map(({ dims }) => dims),
  );
  if (chosen) decisions.learn({ labels: { value: [...chosen.labels], why: chosen.why } });
  const all = [...warnings, ...(chosen && !decisions.isGiven('labels') ? chosen.warnings : [])];
  return all.map((sentence) => warning('labels', sentence));
}
