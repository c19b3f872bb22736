import type { Sentence } from '../../../../protocol/sentence.ts';
import { aboutPreprocessing } from '../../../../protocol/sentences/preprocessing.ts';
import { type Step, stepsOf } from '../../../../vision/steps.ts';
import { Fields, type PublishedSize } from './fields.ts';
import { kernelOf } from './kernels.ts';
import { OPENAI_CLIP, type PublishedPreparation, usableSteps } from './published.ts';

/** Reads `open_clip_config.json` as open_clip 2 and 3 do. @returns undefined where it says nothing about pictures */
export function readOpenClipConfig(
  file: object,
  name: string,
  warnings: Sentence[],
): PublishedPreparation | undefined {
  const outer = new Fields(file, name, warnings);
  const preprocess = outer.object('preprocess_cfg');
  const model = outer.object('model_cfg');
  if (preprocess === undefined && model === undefined) {
    outer.warn(aboutPreprocessing('open_clip_empty'));
    return undefined;
  }
  const fields = new Fields(preprocess ?? {}, name, warnings);
  const vision = new Fields(model ?? {}, name, warnings).object('vision_cfg');
  const size: PublishedSize = fields.size('size') ??
    new Fields(vision ?? {}, name, warnings).size('image_size') ?? { width: 224, height: 224 };
  const { width, height } = 'width' in size ? size : { width: 224, height: 224 };
  const interpolation = fields.text('interpolation') ?? 'bicubic';
  const resample = kernelOf(interpolation === 'random' ? 'bicubic' : interpolation, 'bicubic', (message) =>
    fields.warn(aboutPreprocessing('in_field', { field: 'interpolation', message })),
  );
  return {
    why: `${name}, open_clip`,
    steps: usableSteps(stepsByMode(fields.text('resize_mode') ?? 'shortest'), (message) =>
      fields.warn(message),
    ),
    scale: 1 / 255,
    mean: fields.triple('mean') ?? OPENAI_CLIP.mean,
    std: fields.triple('std', { isDivisor: true }) ?? OPENAI_CLIP.std,
    channels: 'RGB',
  };

  function stepsByMode(mode: string): Step[] {
    switch (mode) {
      case 'squash':
        return stepsOf({ width, height, fit: 'stretch', resample });
      case 'longest': {
        const grey = Math.round(fields.number('fill_color', { above: -0.5, max: 255 }) ?? 0);
        return [
          { op: 'resize', within: { width, height }, resample },
          { op: 'pad', width, height, colour: [grey, grey, grey] },
        ];
      }
      case 'shortest':
        break;
      default:
        fields.warn(
          aboutPreprocessing('mode_unknown', {
            field: 'resize_mode',
            mode: JSON.stringify(mode).slice(0, 40),
            fallback: 'shortest',
          }),
        );
    }
    return stepsOf({ width, height, fit: 'crop', resample });
  }
}
