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
  onWarning: (message: string) => void,
): Resample {
  const key = typeof value === 'string' ? value.toLowerCase() : value;
  const known = typeof key === 'number' ? OF_PIL[key] : BY_NAME.get(key);
  if (known !== undefined) return known;
  if (ROUGHLY_BILINEAR.has(key)) {
    onWarning(
      `pictures are scaled with ${key === 4 ? 'box' : key === 5 ? 'hamming' : key}, which is not supported here; bilinear, which is close to it, is used.`,
    );
    return 'antialiased';
  }
  onWarning(`${JSON.stringify(value).slice(0, 40)} is not a known resampling; ${fallback} is used.`);
  return fallback;
}
