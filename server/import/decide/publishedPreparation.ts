import { reason } from '../../../protocol/sentences/decisions.ts';
import type { AnchorHead } from '../deploy/heads/anchorHead.ts';
import type { GridHead } from '../deploy/heads/gridHead.ts';
import type { Decisions } from './decisions.ts';
import type { Declared } from './hints.ts';
import { IMAGENET_DEFAULT } from './preprocessing/published.ts';

type Three = [number, number, number];
const all = (value: number): Three => [value, value, value];

interface Pixels {
  readonly channels: 'RGB' | 'BGR';
  readonly fit: 'letterbox' | 'stretch';
  readonly scale: number;
  readonly mean: Three;
  readonly std: Three;
}
const PLAIN = { scale: 1, mean: all(0), std: all(1) };
const SIGNED = { scale: 1, mean: all(127.5), std: all(127.5) };

const imageNet = (fit: Pixels['fit']): Pixels => {
  const { mean, std } = IMAGENET_DEFAULT;
  return { channels: 'RGB', fit, scale: 1 / 255, mean: [...mean], std: [...std] };
};

/** As the authors of families with anchors do, in the files that deploy/heads/anchors.ts names and those next to them. */
function ofAnchors({ family, boxes }: AnchorHead): Pixels {
  switch (family) {
    case 'efficientdet':
    case 'retinanet-torchvision':
      return imageNet('letterbox');
    case 'retinanet-keras':
      // utils/image.py, preprocess_image, in its mode "caffe".
      return {
        channels: 'BGR',
        fit: 'letterbox',
        scale: 1,
        mean: [103.939, 116.779, 123.68],
        std: all(1),
      };
    case 'ssd300':
      // NVIDIA's takes ImageNet's values; torchvision's those that Caffe's weights were trained with.
      return boxes.layout === 'columns'
        ? imageNet('stretch')
        : { channels: 'RGB', fit: 'stretch', scale: 1, mean: [123, 117, 104], std: all(1) };
    case 'ssd300-voc':
      return { channels: 'RGB', fit: 'stretch', scale: 1, mean: [123, 117, 104], std: all(1) };
    case 'ssdlite320':
    case 'ssd-tensorflow':
      return { channels: 'RGB', fit: 'stretch', ...SIGNED };
    default:
      return family satisfies never;
  }
}

/** As the authors of families on grids do, in the files that decide/outputs/grids.ts names, and in the configurations next to them. */
function ofGrids({ family, boxes, cells }: GridHead): Pixels {
  switch (family) {
    case 'yolox':
    case 'yunet':
      return { channels: 'BGR', fit: 'letterbox', ...PLAIN };
    case 'nanodet':
      return {
        channels: 'BGR',
        // keep_ratio of nanodet-plus-m_416.yml and of legacy_v0.x_configs/nanodet-g.yml.
        fit: cells.grids.length === 4 ? 'stretch' : 'letterbox',
        scale: 1,
        mean: [103.53, 116.28, 123.675],
        std: [57.375, 57.12, 58.395],
      };
    case 'picodet':
      return imageNet('stretch');
    case 'scrfd':
      return { channels: 'RGB', fit: 'letterbox', scale: 1, mean: all(127.5), std: all(128) };
    case 'mediapipe':
      // Palms, with seven points, are found in 0..1, faces and poses in -1..1.
      return {
        channels: 'RGB',
        fit: 'letterbox',
        ...(boxes.count === 18 ? { ...PLAIN, scale: 1 / 255 } : SIGNED),
      };
    default:
      return family satisfies never;
  }
}

/** Takes what its authors do, where nothing else says how pixels are prepared. */
export const learnPublishedPreparation = (
  head: GridHead | AnchorHead,
  areValuesKnown: boolean,
  decisions: Decisions,
): void => learn(head.head === 'grid' ? ofGrids(head) : ofAnchors(head), areValuesKnown, decisions);

/** MediaPipe's landmark models take 0..1 (`output_tensor_float_range` of its graphs for hands, poses and faces). */
export const learnLandmarkPreparation = (areValuesKnown: boolean, decisions: Decisions): void =>
  learn({ channels: 'RGB', fit: 'letterbox', ...PLAIN, scale: 1 / 255 }, areValuesKnown, decisions);

function learn(
  { channels, fit, scale, mean, std }: Pixels,
  areValuesKnown: boolean,
  decisions: Decisions,
): void {
  const why = reason('family_prepares');
  const isValueSaid = (['scale', 'mean', 'std'] as const).some(
    (field) => decisions.known(field) !== undefined,
  );
  const learnt: Declared = {
    ...(decisions.known('channels') === undefined ? { channels: { value: channels, why } } : {}),
    ...(decisions.known('fit') === undefined ? { fit: { value: fit, why } } : {}),
    ...(isValueSaid || areValuesKnown
      ? {}
      : { scale: { value: scale, why }, mean: { value: mean, why }, std: { value: std, why } }),
  };
  decisions.learn(learnt);
}
