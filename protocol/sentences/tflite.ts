import { sentencesOf } from '../sentence.ts';

/** Why a TensorFlow Lite file cannot be read or converted. */
export const TFLITE = {
  lite_not_a_file: 'This is no TensorFlow Lite file of version 3.',
  lite_version: 'This is TensorFlow Lite of version {version}; 3 is known.',
  lite_no_graph: 'The TensorFlow Lite file has no graph.',
  lite_weights_outside: 'Weights of the TensorFlow Lite file lie behind its end.',
  lite_too_many:
    'The graph has {operators} operators and {tensors} tensors; at most {maxOperators} and {maxTensors} are taken.',
  lite_tensor_unknown: 'The graph names tensor {index} of {count}.',
  lite_no_code: 'An operator of the TensorFlow Lite file has no code.',
  lite_axes: 'Tensor "{name}" has {axes} axes; at most {max} are taken.',
  lite_damaged:
    'The TensorFlow Lite file is incomplete or damaged: it points behind its own end. Download or export it again.',
  lite_name_long: 'A name in the TensorFlow Lite file has {bytes} bytes; at most {max} are taken.',
  lite_sparse_wrong: 'Sparse weights of the TensorFlow Lite file contradict themselves.',
  lite_type: 'Tensor "{name}" is of {type}, which is not supported.',
  lite_values: 'Tensor "{name}" of [{shape}] has {found} values in the TensorFlow Lite file.',
  lite_used_early: 'Tensor "{name}" is used before it is made.',
  lite_int4: 'Tensor "{name}" is computed, and of int4, which is not supported.',
  lite_many_scales: 'Tensor "{name}" is computed, and quantized in {count} ways; one is supported.',
  lite_input_type: 'The input "{name}" is of {type}; float32, uint8 and quantized int8 are supported.',
  lite_operator: '{operator} {why}.',
  lite_no_options: 'lacks its options',
  lite_options_unreadable: 'has options that cannot be read',
  lite_weights_order: 'keeps its weights in an order of one machine, which is not supported',
  lite_no_input: 'has no input {input}',
  lite_weights_computed: 'has weights that are not known at import, which is not supported',
  lite_input_computed: 'computes its input {input}, which must be a constant',
  lite_activation: 'has the activation {activation}, which is not supported',
  lite_makes_type: 'makes {type}, which is not supported',
  lite_counts_ends: 'counts ends from begins, which is not supported',
  lite_splits_other: 'splits something else than height and width, which is not supported',
} as const;

export const aboutTflite = sentencesOf(TFLITE);
