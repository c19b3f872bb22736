import type { ModelInfo } from '../protocol/messages.ts';
import type { Manifest } from './manifest.ts';
import { fitOf } from './steps.ts';
import { taskOf } from './tasks/taskOf.ts';

/** What a client learns about a model, from the server or from this device. */
export function modelInfo({
  manifest,
  version,
  labels,
}: {
  manifest: Manifest;
  version: string;
  labels: readonly string[];
}): ModelInfo {
  const { id, name, task, multiLabel, minScore, points } = manifest;
  const { width, height, steps } = manifest.input;
  const input = { width, height, ...fitOf(manifest.input), ...(steps && { steps }) };
  const names = taskOf(task).labelsFile === 'characters' ? [] : [...labels];
  return { id, version, name, task, multiLabel, labels: names, input, minScore, ...(points && { points }) };
}
