import type { Sentence } from '../../../../protocol/sentence.ts';
import { aboutPreprocessing } from '../../../../protocol/sentences/preprocessing.ts';
import type { Resample } from '../../../../vision/steps.ts';

/** PIL's numbers for its filters, by which Hugging Face's files name them. 4 and 5 are box and Hamming. */
const OF_PIL: readonly Resample[] = ['nearest', 'lanczos', 'antialiased', 'bicubic'];
const BY_NAME: ReadonlyMap<string, Resample> = new Map([
  ['nearest', 'nearest'],
  ['lanczos', 'lanczos'],
  ['bilinear', 'antialiased'],
  ['bicubic', 'bicubic'],
]);

/** PIL's filters that pictures are not scaled with here: bilinear is nearest to them. */
const ROUGHLY_BILINEAR = new Set<unknown>([4, 5, 'box', 'hamming']);

/**
 * The kernel that a number of PIL or a name stands for.
 * @param onWarning called for filters that are not known here, or only roughly
 */
export function kernelOf(
  value: number | string,
  fallback: Resample,
  onWarning: (message: Sentence) => void,
): Resample {
  const key = typeof value === 'string' ? value.toLowerCase() : value;
  const known = typeof key === 'number' ? OF_PIL[key] : BY_NAME.get(key);
  if (known !== undefined) return known;
  if (ROUGHLY_BILINEAR.has(key)) {
    onWarning(aboutPreprocessing('kernel_near', { kernel: key === 4 ? 'box' : key === 5 ? 'hamming' : key }));
    return 'antialiased';
  }
  onWarning(aboutPreprocessing('kernel_unknown', { kernel: JSON.stringify(value).slice(0, 40), fallback }));
  return fallback;
}
