import type { Sentence } from '../../../../protocol/sentence.ts';
import { aboutPreprocessing } from '../../../../protocol/sentences/preprocessing.ts';
import type { Step } from '../../../../vision/steps.ts';
import { Fields } from './fields.ts';
import { kernelOf } from './kernels.ts';
import { IMAGENET_DEFAULT, type PublishedPreparation, usableSteps } from './published.ts';

/** Fields of `pretrained_cfg` that say how pictures are prepared. */
const DATA_FIELDS = ['input_size', 'interpolation', 'crop_pct', 'crop_mode', 'mean', 'std'];

/**
 * Reads `config.json` of timm, with `pretrained_cfg` or flat, as `timm.data.create_transform` does for evaluation (timm 1.0).
 * `test_input_size` and `test_crop_pct` apply only where timm is asked for them, and are not read.
 * @returns undefined where the file is none of timm's
 */
export function readTimmConfig(
  file: object,
  name: string,
  warnings: Sentence[],
): PublishedPreparation | undefined {
  const outer = new Fields(file, name, warnings);
  const nested = 'pretrained_cfg' in file ? outer.object('pretrained_cfg') : undefined;
  // Files of transformers have `architectures`, and fields of other meanings.
  const isFlat =
    nested === undefined && outer.has('architecture') && DATA_FIELDS.some((field) => outer.has(field));
  if (nested === undefined && !isFlat) return undefined;
  const fields = nested ? new Fields(nested, name, warnings) : outer;

  const [height, width] = readInputSize(fields);
  const resample = kernelOf(fields.text('interpolation') ?? 'bicubic', 'bicubic', (message) =>
    fields.warn(aboutPreprocessing('in_field', { field: 'interpolation', message })),
  );
  const mean = fields.triple('mean') ?? IMAGENET_DEFAULT.mean;
  const std = fields.triple('std', { isDivisor: true }) ?? IMAGENET_DEFAULT.std;
  // 0 stands for "not said".
  const share = fields.number('crop_pct', { above: -1, max: 2 }) || 0.875;
  const scaled = { width: Math.floor(width / share), height: Math.floor(height / share) };
  const crop: Step = { op: 'crop', width, height };
  return {
    why: `${name}, timm`,
    steps: usableSteps(stepsOf(fields.text('crop_mode') ?? 'center'), (message) => fields.warn(message)),
    scale: 1 / 255,
    mean,
    std,
    channels: 'RGB',
  };

  function stepsOf(mode: string): Step[] {
    switch (mode) {
      case 'squash':
        return [{ op: 'resize', ...scaled, resample }, crop];
      case 'border': {
        const colour = mean.map((value) => Math.min(255, Math.max(0, Math.round(value * 255))));
        const [red = 0, green = 0, blue = 0] = colour;
        return [
          { op: 'resize', within: scaled, resample },
          { op: 'pad', width, height, colour: [red, green, blue] },
          crop,
        ];
      }
      case 'center':
        break;
      default:
        fields.warn(
          aboutPreprocessing('mode_unknown', {
            field: 'crop_mode',
            mode: JSON.stringify(mode).slice(0, 40),
            fallback: 'center',
          }),
        );
    }
    return [
      width === height
        ? { op: 'resize', shortest: scaled.width, resample }
        : // timm hands the interpolation on for squares alone.
          { op: 'resize', cover: scaled, resample: 'antialiased' },
      crop,
    ];
  }
}

/** Channels, height, width. */
function readInputSize(fields: Fields): readonly [height: number, width: number] {
  const sides = fields.sides('input_size', 3);
  return sides ? [sides[1] ?? 224, sides[2] ?? 224] : [224, 224];
}
