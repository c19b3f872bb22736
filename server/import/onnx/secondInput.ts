import type { Sentence } from '../../../protocol/sentence.ts';
import { aboutGraph, type GRAPHS } from '../../../protocol/sentences/graphs.ts';
import type { Port } from './inspect.ts';

type Advice = Extract<keyof typeof GRAPHS, `advice_input_${string}`>;

/** Names of inputs that show which family a model is of, and what to export instead. */
const FAMILIES: readonly (readonly [name: RegExp, advice: Advice])[] = [
  // CLIP, SigLIP, OWL-ViT, Grounding DINO, as optimum exports them.
  [/^(input_ids|attention_mask|token_type_ids|text|texts|tokens|prompts?)$/, 'advice_input_words'],
  // Segment Anything.
  [
    /^(point_coords|point_labels|input_points|input_labels|input_boxes|mask_input|has_mask_input)$/,
    'advice_input_points',
  ],
  // YOLOv3 of Keras (ONNX's model zoo), older PaddleDetection, Caffe's and Detectron's Faster R-CNN.
  [/^(image_shape|im_size|im_info|image_info|img_info)$/, 'advice_input_size'],
];

/** What can be done about a model that takes more than a picture. @param inputs all but those that are filled in */
export function adviseInputs(inputs: readonly Port[], problem: Sentence): Sentence {
  const family = FAMILIES.find(([name]) => inputs.some((input) => name.test(input.name)));
  return aboutGraph(family?.[1] ?? 'advice_input_other', { problem });
}
