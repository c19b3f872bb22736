import type { ProviderReport } from '../../protocol/providers.ts';
import type { Words } from './words/en.ts';

/** As their makers write them. */
const NAMES: Readonly<Record<string, string>> = {
  webgpu: 'WebGPU',
  coreml: 'CoreML',
  dml: 'DirectML',
  cuda: 'CUDA',
  tensorrt: 'TensorRT',
};

/** What came of the trial of one of the server's accelerators, in a sentence. */
export function acceleratorText({ format, accelerator }: Words, report: ProviderReport): string {
  const { provider, state, runMs, processorMs, batches } = report;
  const name = NAMES[provider] ?? provider;
  if (state === 'waiting' || state === 'refused') return accelerator[state](name);
  // Who lost before the race was timed.
  if (runMs === undefined || processorMs === undefined) return accelerator.lost(name);
  const text = accelerator[state](name, format.ms(runMs), format.ms(processorMs));
  const most = Math.max(0, ...(batches?.sizes ?? []));
  return most > 1 ? `${text} ${accelerator.together(most)}` : text;
}
