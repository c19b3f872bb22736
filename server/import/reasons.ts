import type { ReasonCode } from '../../protocol/reasonCodes.ts';

type Values = Readonly<Record<string, string | number>>;

/** Why a field has its value: a code with what it names, and the sentence in English. */
export interface Reason {
  readonly code: ReasonCode;
  readonly values: Values;
  readonly text: string;
}

/** A fixed sentence, or what a file or the graph gave as the reason. */
export type Why = Reason | string;

const TEXTS: Readonly<Record<ReasonCode, string | ((values: Values) => string)>> = {
  given: 'given by the person who imports it',
  declared_steps: 'declared preprocessing',
  given_resample: 'with the resampling that was given',
  steps_end_at_size: ({ width, height, declared }) =>
    `so that they end at ${width}x${height}; declared were: ${declared}`,
  usual_yolo: 'YOLO was trained this way',
  usual_detector: 'most detectors of this kind were trained this way',
  usual_classifier: 'most classifiers were trained this way',
  usual_crop: '224 of 256 pixels are seen',
  usual_rt_detr: 'RT-DETR was trained this way',
  not_declared: 'nothing else is declared',
  open_size:
    'the graph leaves it open, and most classifiers were trained at 224; --size WIDTHxHEIGHT sets it',
  fixed_by_graph: 'the graph takes no other',
  usual_channels_detector: 'most detectors take it',
  usual_channels: 'most models take it',
  input_is_bytes: 'the input takes bytes as they are',
  graph_takes_range: ({ found, range }) => `${found}, for ${range}`,
  usual_range_detector: 'most detectors take 0..1',
  usual_range_keras: 'classifiers with channels last come from Keras, where -1..1 is usual',
  usual_range_imagenet:
    'classifiers and embeddings with channels first come from PyTorch, with the mean and deviation of ImageNet',
  only_scale_declared: 'the scale was declared, and none of these',
  statistics_of_range: ({ max }) => `mean and deviation are of 0..${max}`,
  labels_present: 'labels came with it',
  head_form_agrees: 'as heads of this kind have it, and the values agree',
  usual_labels_coco: 'a detector of 80 classes was most likely trained on COCO',
  no_class_names: 'nothing names the classes',
  final_op: ({ op }) => `the graph ends with ${op}`,
  samples_sum_to_one: 'the outputs for the samples sum to 1',
  samples_within_range: 'the outputs for the samples lie in 0..1',
  samples_are_no_scores: 'the outputs for the samples are not scores in 0..1',
  scores_independent: 'each score stands for itself',
  scores_sum_to_one: 'the scores of a picture sum to 1',
  usual_min_score: 'the default score',
  no_license: 'no licence came with it',
  source_name: 'the name of its source',
  source: 'its source',
  from_name: 'from its name',
  other_layout_fails: 'the graph fails on the other',
  layout_of_shape: ({ channels }) => `the input's shape has ${channels} there`,
  layout_of_transpose_first: 'the graph starts with a transpose to channels first',
  layout_of_transpose_last: 'the graph starts with a transpose to channels last',
  layout_of_convolution: 'the first convolution reads the input as it is',
  usual_layout: 'not visible in the graph; most exporters write it this way',
  teachable_machine: 'as Teachable Machine prepares pictures',
};

/** @param values what the sentence names; protocol/models.ts lists them at each code */
export function reason(code: ReasonCode, values: Values = {}): Reason {
  const text = TEXTS[code];
  return { code, values, text: typeof text === 'string' ? text : text(values) };
}

/** The sentence in English. */
export const textOf = (why: Why): string => (typeof why === 'string' ? why : why.text);

/** The fields of a report that say why. */
export const whyFields = (
  why: Why,
): { why: string; code?: ReasonCode; values?: Record<string, string | number> } =>
  typeof why === 'string'
    ? { why }
    : {
        why: why.text,
        code: why.code,
        ...(Object.keys(why.values).length > 0 && { values: { ...why.values } }),
      };
