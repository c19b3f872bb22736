import { IMAGENET_DEFAULT, IMAGENET_STANDARD, OPENAI_CLIP, type Triple } from './published.ts';

/** How `size` becomes steps; imageProcessor.ts has them. */
type ResizeRule = 'plain' | 'convnext' | 'levit' | 'poolformer' | 'dpt' | 'detr' | 'vilt' | 'perceiver';

/** What an image processor of transformers does where its file leaves a field out. */
export interface ProcessorClass {
  /** A lone number stands for both sides, else for the shortest edge. */
  readonly isSquare: boolean;
  /** As in a file: a number or edges. */
  readonly size: unknown;
  /** PIL's number. */
  readonly resample: number;
  /** Whether the middle is cut out, and how large; undefined where the class never does. */
  readonly crop?: { readonly isDone: boolean; readonly size: number };
  /** Undefined where the class never normalises. */
  readonly normalise?: { readonly isDone: boolean; readonly mean: Triple; readonly std: Triple };
  readonly rule?: ResizeRule;
  /** Blue first, unless `do_flip_channel_order` is false. */
  readonly isFlipped?: boolean;
  /** Divides by the deviation twice, unless `include_top` is false; takes 1 off where `rescale_offset` is true. */
  readonly isEfficientNet?: boolean;
}

const standard = { isDone: true, ...IMAGENET_STANDARD };
const imagenet = { isDone: true, ...IMAGENET_DEFAULT };
const clip = { isDone: true, ...OPENAI_CLIP };
const BILINEAR = 2;
const BICUBIC = 3;
const NEAREST = 0;

const square = (size: number, resample: number, rest: Partial<ProcessorClass>): ProcessorClass => ({
  isSquare: true,
  size,
  resample,
  ...rest,
});
const shortest = (size: number, resample: number, rest: Partial<ProcessorClass>): ProcessorClass => ({
  isSquare: false,
  size,
  resample,
  ...rest,
});
const cut = (size: number, isDone = true) => ({ size, isDone });

const detr: ProcessorClass = {
  isSquare: false,
  size: { shortest_edge: 800, longest_edge: 1333 },
  resample: BILINEAR,
  normalise: imagenet,
  rule: 'detr',
};
const vit = square(224, BILINEAR, { normalise: standard });
const clipLike = shortest(224, BICUBIC, { crop: cut(224), normalise: clip });
const efficientNet = square(346, NEAREST, {
  crop: cut(289, false),
  normalise: standard,
  isEfficientNet: true,
});

/**
 * Names without `ImageProcessor`, `FeatureExtractor` and `Fast`. Values as in transformers 4.57, whose files say the same
 * since 4.26; Python writes what a class does by default into new files, but not into all old ones.
 */
const CLASSES: ReadonlyMap<string, ProcessorClass> = new Map([
  ['ViT', vit],
  ['DeiT', square(256, BICUBIC, { crop: cut(224), normalise: standard })],
  ['Beit', square(256, BICUBIC, { crop: cut(224), normalise: standard })],
  ['Siglip', square(224, BICUBIC, { normalise: standard })],
  ['Segformer', square(512, BILINEAR, { normalise: imagenet })],
  ['Pvt', square(224, BILINEAR, { normalise: imagenet })],
  ['EfficientFormer', square(224, BICUBIC, { crop: cut(224), normalise: imagenet })],
  ['Flava', square(224, BICUBIC, { crop: cut(224), normalise: clip })],
  ['LayoutLMv3', square(224, BILINEAR, { normalise: standard })],
  ['Blip', square(384, BICUBIC, { normalise: clip })],
  ['OwlViT', square(768, BICUBIC, { crop: cut(768, false), normalise: clip })],
  ['EfficientNet', efficientNet],
  ['CLIP', clipLike],
  ['ChineseCLIP', clipLike],
  ['Bit', clipLike],
  ['ViTHybrid', clipLike],
  ['MobileNetV1', shortest(256, BILINEAR, { crop: cut(224), normalise: standard })],
  ['MobileNetV2', shortest(256, BILINEAR, { crop: cut(224), normalise: standard })],
  ['MobileViT', shortest(224, BILINEAR, { crop: cut(256), isFlipped: true })],
  ['ConvNext', shortest(384, BILINEAR, { normalise: standard, rule: 'convnext' })],
  ['Levit', shortest(224, BICUBIC, { crop: cut(224), normalise: imagenet, rule: 'levit' })],
  ['PoolFormer', shortest(224, BICUBIC, { crop: cut(224), normalise: imagenet, rule: 'poolformer' })],
  ['Perceiver', square(224, BICUBIC, { normalise: imagenet, rule: 'perceiver' })],
  ['DPT', square(384, BICUBIC, { normalise: standard, rule: 'dpt' })],
  ['PromptDepthAnything', square(384, BICUBIC, { normalise: imagenet, rule: 'dpt' })],
  ['Detr', detr],
  ['ConditionalDetr', detr],
  ['DeformableDetr', detr],
  ['Deta', detr],
  ['GroundingDino', detr],
  ['Yolos', detr],
  ['MaskFormer', detr],
  ['Mask2Former', detr],
  ['OneFormer', detr],
  ['RTDetr', square(640, BILINEAR, { normalise: { ...imagenet, isDone: false } })],
  ['Vilt', shortest(384, BICUBIC, { normalise: standard, rule: 'vilt' })],
]);

/** What the classes of today (`…Fast`) do otherwise. */
const FAST: ReadonlyMap<string, ProcessorClass> = new Map([
  ['Beit', square(224, BICUBIC, { crop: cut(224, false), normalise: standard })],
  ['EfficientNet', { ...efficientNet, resample: BICUBIC }],
  ['Pvt', square(224, BICUBIC, { normalise: imagenet })],
]);

/** Which class reads a file that names none, by `model_type` of config.json. */
const BY_MODEL_TYPE: ReadonlyMap<string, string> = new Map([
  ['beit', 'Beit'],
  ['bit', 'Bit'],
  ['blip', 'Blip'],
  ['clip', 'CLIP'],
  ['conditional_detr', 'ConditionalDetr'],
  ['convnext', 'ConvNext'],
  ['convnextv2', 'ConvNext'],
  ['cvt', 'ConvNext'],
  ['d_fine', 'RTDetr'],
  ['data2vec-vision', 'Beit'],
  ['deformable_detr', 'DeformableDetr'],
  ['deit', 'DeiT'],
  ['depth_anything', 'DPT'],
  ['deta', 'Deta'],
  ['detr', 'Detr'],
  ['dinat', 'ViT'],
  ['dinov2', 'Bit'],
  ['dpt', 'DPT'],
  ['efficientformer', 'EfficientFormer'],
  ['efficientnet', 'EfficientNet'],
  ['focalnet', 'Bit'],
  ['hiera', 'Bit'],
  ['levit', 'Levit'],
  ['mask2former', 'Mask2Former'],
  ['maskformer', 'MaskFormer'],
  ['mobilenet_v1', 'MobileNetV1'],
  ['mobilenet_v2', 'MobileNetV2'],
  ['mobilevit', 'MobileViT'],
  ['mobilevitv2', 'MobileViT'],
  ['nat', 'ViT'],
  ['oneformer', 'OneFormer'],
  ['owlvit', 'OwlViT'],
  ['perceiver', 'Perceiver'],
  ['poolformer', 'PoolFormer'],
  ['pvt', 'Pvt'],
  ['pvt_v2', 'ConvNext'],
  ['regnet', 'ConvNext'],
  ['resnet', 'ConvNext'],
  ['rt_detr', 'RTDetr'],
  ['rt_detr_v2', 'RTDetr'],
  ['segformer', 'Segformer'],
  ['siglip', 'Siglip'],
  ['swiftformer', 'ViT'],
  ['swin', 'ViT'],
  ['swinv2', 'ViT'],
  ['table-transformer', 'Detr'],
  ['upernet', 'Segformer'],
  ['van', 'ConvNext'],
  ['vit', 'ViT'],
  ['vit_hybrid', 'ViTHybrid'],
  ['vit_mae', 'ViT'],
  ['vit_msn', 'ViT'],
  ['yolos', 'Yolos'],
]);

/**
 * @param name as a file has it, such as `ViTImageProcessorFast` or `DetrFeatureExtractor`
 * @returns undefined for classes that are not known here
 */
export function processorClass(name: string): ProcessorClass | undefined {
  const { stem, isFast } = partsOf(name);
  return (isFast ? FAST.get(stem) : undefined) ?? CLASSES.get(stem);
}

/** The name of the class that reads the files of a model type; undefined where that is not known. */
export function classOfModelType(modelType: string | undefined): string | undefined {
  const stem = modelType === undefined ? undefined : BY_MODEL_TYPE.get(modelType);
  return stem && `${stem}ImageProcessor`;
}

function partsOf(name: string) {
  const [, stem = name, , fast] = /^(.*?)(ImageProcessor|FeatureExtractor)?(Fast)?$/.exec(name) ?? [];
  return { stem, isFast: fast !== undefined };
}
