import type { ModelInfo } from '../protocol/messages.ts';
import type { Manifest } from './manifest.ts';
import { fitOf } from './steps.ts';

/** What whoever looks with a model is told of it, by the server or by this device. */
export function modelInfo({
  manifest,
  version,
  labels,
}: {
  manifest: Manifest;
  version: string;
  labels: readonly string[];
}): ModelInfo {
  const { id, name, task, multiLabel, minScore } = manifest;
  const { width, height, steps } = manifest.input;
  const input = { width, height, ...fitOf(manifest.input), ...(steps && { steps }) };
  return { id, version, name, task, multiLabel, labels: [...labels], input, minScore };
}
