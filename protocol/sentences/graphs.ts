import { sentencesOf } from '../sentence.ts';

/** Why a graph, or what came with it, cannot be imported as it is. */
export const GRAPHS = {
  regression:
    '{file} says "problem_type": "regression": the model gives a quantity, not a class, and that is not shown here. If its output holds scores of classes, give their activation (--activation).',
  fixed_side: 'The graph takes a {field} of {fixed} pixels only, not {given}.',
  size_follows_shape:
    'Its pictures are resized to a size that follows their shape ({steps}). Here a model has one fixed size: give it with --size, such as --size 640x640; pictures are then stretched to it, or fitted as --fit says.',
  opset_too_old: 'The model uses opset {opset}; a detector needs {least} or newer. Export it again with one.',
  license_unreadable: "The licence's file {file} cannot be read.",
  values_elsewhere: 'tensor "{name}" has its values in a place of an unknown kind, {place}.',
  weights_short: 'tensor "{name}": bytes {from} to {to} of "{file}" expected, the file has {size}.',
  place_twice: 'tensor "{name}" says twice where its values are.',
  weights_mismatch:
    'tensor "{name}" has {bytes} bytes, and the file says: {length} of "{file}" from {offset} on.',
  became_shorter: '"{file}" became shorter.',
  text_too_long: '{node}: attribute "{attribute}" holds more than {max} bytes of text.',
  tensor_size: 'tensor "{name}" should hold {bytes} bytes, the file has {found}.',
  refused_by_runtime: 'The runtime refuses the model: {message}',
  ir_too_new:
    'The file is written in version {ir} of the ONNX format (its IR version), and the runtime here reads up to {max}. Export the model with an older release of the onnx package, or set "model.ir_version = {max}" in Python and save it again.',
  opset_too_new:
    'The model uses opset {opset} of {domain}, and the runtime here knows up to {max}. Export it again with opset {max} or older (opset_version={max} in torch.onnx.export).',
  op_unknown:
    '{node} of domain "{domain}": the runtime does not know this op in opset {opset}, or not for these types. Export the model with standard ONNX ops in float32.',
  fails_on_picture: 'The model fails on a picture of {width}x{height} pixels: {why}',
  bad_side: '{name} has a side of {side}.',
  unused_type: '{name} holds {type}, which models of pictures do not use.',
  no_tensors:
    'The model gives no tensor of numbers: its outputs are {outputs}. Export it so that it gives scores or boxes as tensors.',
  golden_picture: 'The golden {name}.png cannot be read: {why}',
  golden_invalid: '{file} is not a golden: {why}',
  folder_fixed:
    '"{field}" of a model folder comes from its manifest; only {fields} can be given. Change the manifest, or leave the option out.',
  folder_min_score:
    'The graphs of the model folder give no score below {floor}, so its default cannot be {given}. Give {floor} or more (--min-score).',
  folder_no_goldens:
    'The model folder has no goldens, so its answers here cannot be compared with those of its framework. Add golden pictures with their answers.',
  folder_weights: '{file} has its weights in another file; a graph of a model folder is one file.',
  folder_invalid: 'The model folder is invalid. {why}',
  files_too_large: 'The files have more than {max} together.',
  sample_unreadable: 'The sample picture "{name}" cannot be read: {why} JPEG, PNG and WebP are supported.',
  not_finite:
    'The model gives no finite numbers for the sample picture "{name}". Export it in float32, or say how pixels are prepared (--scale, --mean, --std).',
  size_advice:
    'Give the size that the model was made for: --size WIDTHxHEIGHT, or Width and Height on the page.',
  size_is_guess:
    '{cause} The graph leaves the size of its pictures open, and {width}x{height} is a guess. {advice}',
  layout_is_guess:
    '{cause} The layout of its input cannot be determined. Give it with --layout NCHW (channels first) or NHWC (channels last), or Layout on the page.',
  one_input:
    'A model here has one input: a picture of 3 channels (or 1, grey) as [N, C, H, W] or [N, H, W, C]. This one has {found}.',
  advice_input_words:
    '{problem} It takes words, too. CLIP, SigLIP and OWL-ViT are known by their inputs input_ids and pixel_values and their output text_embeds, as "optimum-cli export onnx --model MODEL FOLDER" writes them; models that mix words and picture (Grounding DINO) cannot be used.',
  advice_input_points:
    '{problem} It is asked about points or boxes (Segment Anything), which a camera does not give. Use a model that takes a picture alone.',
  advice_input_size:
    '{problem} The other input is the size of the picture, in a form that is not filled in here (orig_target_sizes, im_shape, scale_factor and pixel_mask are). Export it with the picture as its only input; a YOLO by "yolo export model=FILE.pt format=onnx".',
  advice_input_other:
    '{problem} Filled in are orig_target_sizes, im_shape, scale_factor and pixel_mask. Export it with the picture as its only input; a model of Hugging Face by "optimum-cli export onnx --model MODEL --task object-detection FOLDER".',
  found_no_input: 'no input',
  found_inputs: '{count} inputs: {inputs}',
  found_input: 'the input {input}',
  incomplete: '{file} is not a complete ONNX file: {why}. {instead}',
  it_is_empty: 'it is empty',
  it_is: 'it is {format}',
  it_ends_early: 'it ends too early',
  it_is_nested: 'it is nested too deep',
  it_has_no_graph: 'it holds no graph',
  export_again: 'Export or download it again.',
  importer_slow: 'The model could not be inspected within {seconds} s. It may be too large for this machine.',
  importer_failed: 'The importer failed on this model: {why}',
  importer_memory: 'The model needs more than the {max} of memory that the import may take.',
  importer_ended:
    'The process that inspects the model ended ({how}): the model crashes the runtime, or memory ran out. {complaint}',
} as const;

export const aboutGraph = sentencesOf(GRAPHS);
