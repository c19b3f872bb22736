import type { ImportOptions } from '../../../../protocol/models.ts';
import type { Sentence } from '../../../../protocol/sentence.ts';
import { aboutPreprocessing } from '../../../../protocol/sentences/preprocessing.ts';
import { shortJson } from './fields.ts';

type Values = Pick<ImportOptions, 'channels' | 'scale' | 'mean' | 'std'>;

/** value * scale - mean, value 0..255. */
const RANGES: ReadonlyMap<string, readonly [scale: number, mean: number]> = new Map([
  ['nominalrange_0_255', [1, 0]],
  ['normalized_0_1', [1 / 255, 0]],
  ['normalized_1_1', [1 / 127.5, 1]],
  ['nominalrange_16_235', [219 / 255, -16]],
]);

const ORDERS: ReadonlyMap<string, 'RGB' | 'BGR' | 'grey'> = new Map([
  ['gray8', 'grey'],
  ['rgb8', 'RGB'],
  ['bgr8', 'BGR'],
  ['rgba8', 'RGB'],
  ['bgra8', 'BGR'],
]);

const GAMMAS: ReadonlyMap<string, 'sRGB' | 'linear'> = new Map([
  ['srgb', 'sRGB'],
  ['linear', 'linear'],
]);

/**
 * ONNX's image metadata (https://onnx.ai/onnx/repo-docs/MetadataProps.html), as Windows ML, WinMLTools and Azure Custom
 * Vision write it. Keys and values are case-insensitive.
 * @returns `warnings` name values that are not known
 */
export function readImageMetadata(metadata: ReadonlyMap<string, string>): {
  values: Values;
  warnings: Sentence[];
} {
  const entries = new Map([...metadata].map(([key, value]) => [key.toLowerCase(), value]));
  const warnings: Sentence[] = [];
  const read = <T>(key: string, known: ReadonlyMap<string, T>): T | undefined => {
    const value = entries.get(key.toLowerCase());
    if (value === undefined) return undefined;
    const found = known.get(value.trim().toLowerCase());
    if (found === undefined) {
      warnings.push(aboutPreprocessing('metadata_unknown', { key, found: shortJson(value) }));
    }
    return found;
  };
  const order = read('Image.BitmapPixelFormat', ORDERS);
  const range = read('Image.NominalPixelRange', RANGES);
  if (read('Image.ColorSpaceGamma', GAMMAS) === 'linear') {
    warnings.push(aboutPreprocessing('metadata_linear'));
  }
  const values: Values = {};
  if (order === 'RGB' || order === 'BGR') values.channels = order;
  if (range) {
    const [scale, mean] = range;
    values.scale = scale;
    values.mean = [mean, mean, mean];
    values.std = [1, 1, 1];
  }
  return { values, warnings };
}
