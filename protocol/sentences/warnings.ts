import { sentencesOf } from '../sentence.ts';

/** What seems wrong about a model that was imported. */
export const WARNINGS = {
  logits:
    'The model gives values outside of 0..1, and no activation turns them into scores: they are clipped to 0..1.',
  softmax_twice:
    'The model gives scores already ({why}); {activation} applied again makes them nearly equal.',
  no_labels_coco:
    'Nothing names the {classes} classes; they are assumed to be those of COCO. Give the labels if that is wrong.',
  no_labels: 'Nothing names the {classes} classes. Give their labels, one per line.',
  label_count_background:
    'The model has {classes} classes, and there are {labels} labels. The first class is treated as "background", as in TensorFlow.',
  label_count:
    'The model has {classes} classes, and there are {labels} labels. Missing labels are numbered, and extra ones are ignored; the names are probably wrong.',
  flat_answers:
    'All {pictures} sample pictures get the same answer, number for number: the model is not trained, or pictures are prepared in a way that hides their content.',
  better_for_goldens: 'With {way}, {right} of {of} goldens agree, instead of {before}.',
  better_for_pictures:
    'With {way}, {right} of {of} of the pictures that are named after labels get their label, instead of {before}.',
  tie: '{better} The same holds for {other}: more pictures are needed to decide.',
  values_255: 'values of 0..255',
  values_1: 'values of 0..1',
  values_minus_1: 'values of -1..1',
  values_imagenet: "ImageNet's mean and deviation",
  channel_order: 'channels in the order {channels}',
  values_and_order: '{values} and channels in the order {channels}',
  layout: 'the layout {layout}',
  goldens_differ:
    '{summary} Pictures are prepared differently than where the goldens were recorded, and the server will refuse it.',
  other_runtime_differs:
    '{name} answers otherwise for the same file: {why}. The goldens are those of the converted graph. Compare both on your own pictures before you rely on it.',
  other_runtime_failed:
    '{name} could not run the file within the limits of an import, so nothing but the converted graph itself proves its answers.',
  made_of_tensor:
    'The output "{output}" is {type}; the tensor "{instead}" that it was made of is read instead.',
  output_ignored: 'The output "{output}" is {type}, and is ignored: only tensors of numbers are read.',
  expects_crop:
    'The model was made for a part of the picture that another model finds first. Here it sees all of it, and finds one {thing}: it should fill the picture.',
  prepared_twice:
    'Values may be prepared twice: {why}, which is for 0..255, and the declared preprocessing scales them before that. If answers seem wrong, leave it to the graph: --scale 1 --mean 0,0,0 --std 1,1,1.',
} as const;

export const warn = sentencesOf(WARNINGS);
