/**
 * Why a field of an import has its value, where a fixed sentence says it: a reader in another language translates the code
 * and fills in `values`. What a file says has no code; its name is the reason.
 */
export const REASON_CODES = [
  'given',
  /** The picture's size or filter follows from the steps that were declared. */
  'declared_steps',
  'given_resample',
  /** values: width, height, declared */
  'steps_end_at_size',
  'usual_yolo',
  'usual_detector',
  'usual_classifier',
  'usual_crop',
  'usual_rt_detr',
  'not_declared',
  'open_size',
  'fixed_by_graph',
  'usual_channels_detector',
  'usual_channels',
  'input_is_bytes',
  /** values: found, range */
  'graph_takes_range',
  'usual_range_detector',
  'usual_range_keras',
  'usual_range_imagenet',
  'only_scale_declared',
  /** values: max */
  'statistics_of_range',
  'labels_present',
  'head_form_agrees',
  'usual_labels_coco',
  'no_class_names',
  /** values: op */
  'final_op',
  'samples_sum_to_one',
  'samples_within_range',
  'samples_are_no_scores',
  'scores_independent',
  'scores_sum_to_one',
  'usual_min_score',
  'no_license',
  'source_name',
  'source',
  'from_name',
  'other_layout_fails',
  /** values: channels */
  'layout_of_shape',
  'layout_of_transpose_first',
  'layout_of_transpose_last',
  'layout_of_convolution',
  'usual_layout',
  'teachable_machine',
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];
