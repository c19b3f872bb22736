import { sentencesOf } from '../sentence.ts';

/** Why a TensorFlow.js model cannot be converted. */
export const TFJS = {
  op_unsupported: '{node}: this op is not supported',
  ops_unsupported: '{nodes}: these ops are not supported',
  graph_cycle: 'the graph has a cycle through "{node}"; loops cannot be converted',
  weights_same_name:
    'two weights are called "{name}": give each layer, in nested models too, its own name and export again',
  shards_mismatch:
    'the shards {files} hold {bytes} bytes, model.json declares {declared}: take model.json and weights from the same export',
  weights_outside:
    'the weight file "{path}" is not a path inside the model\'s folder: put all files into one folder',
  weight_short: 'weight "{name}" needs {bytes} bytes, the shards hold {found}',
  layers_same_name: 'two layers with weights are called "{name}": give each its own name',
  several_inputs: 'the model takes {count} inputs; the importer takes models of one picture',
  nested_too_deep: 'models are nested more than {max} deep, at "{name}"',
  layer_unsupported: 'layer {className} "{name}": this class of layer is not supported',
  tm_other: 'a model of {packageName}; only models of pictures can be imported',
  tm_size: 'metadata.json declares pictures of {declared} pixels, the model takes {side}x{height}',
  tm_labels:
    'metadata.json has {labels} labels, the model gives [{shape}]: take all files from the same export',
  weights_missing: '{file} names the weight file "{name}", which is not among the files: add it',
  broken_json_file: '{file} is not valid JSON',
  no_topology: 'not a TensorFlow.js model: model.json has no modelTopology',
  class_unknown_model: 'the model is of class "{className}"; Sequential, Functional and Model are known',
  graph_inputs: 'the graph takes {count} inputs ({names}); the importer takes models of one picture',
  no_outputs: 'the graph has no outputs',
  no_picture_input: 'the model takes an input of {axes} axes, which is not a picture',
  side_open: 'The model leaves the {side} of its input open. {advice}',
} as const;

export const aboutTfjs = sentencesOf(TFJS);
