import { nearestName } from './nearestName.ts';

/** Execution providers of onnxruntime-node, as it calls them; `dml` is DirectML. */
export const PROVIDERS = ['cpu', 'webgpu', 'coreml', 'dml', 'cuda', 'tensorrt'] as const;
export type Provider = (typeof PROVIDERS)[number];

const isProvider = (name: string): name is Provider => PROVIDERS.some((one) => one === name);

/**
 * The accelerators that may be tried; `cpu` is always there and adds none.
 * @param wanted names, or `auto` alone for all
 * @throws Error that says what is expected
 */
export function readProviders(wanted: readonly string[], settingName: string): readonly Provider[] {
  const all = PROVIDERS.filter((name) => name !== 'cpu');
  // Empty counts as not set.
  if (wanted.length === 0 || (wanted.length === 1 && wanted[0] === 'auto')) return all;
  for (const name of wanted) {
    if (isProvider(name)) continue;
    throw new Error(
      `${settingName}: "auto" alone, or some of ${PROVIDERS.join(', ')} expected, got "${name}". Did you mean ${nearestName(name, PROVIDERS)}?`,
    );
  }
  return all.filter((name) => wanted.includes(name));
}
