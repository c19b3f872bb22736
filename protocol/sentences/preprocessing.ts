import { sentencesOf } from '../sentence.ts';

/** What files next to a model say about pictures, and is not read or not kept. */
export const PREPROCESSING = {
  in_file: '{file}: {message}',
  in_field: '"{field}": {message}',
  file_no_json: '{file} is not valid JSON and is ignored: {why}',
  file_no_object: '{file} holds {found} where an object is expected, and is ignored.',
  field_ignored: '"{field}" holds {found}; {expected} is expected. It is ignored.',
  expect_number: 'a number',
  expect_number_above_0: 'a number above 0',
  expect_number_at_most: 'a number, at most {max}',
  expect_number_above_0_at_most: 'a number above 0, at most {max}',
  expect_boolean: 'true or false',
  expect_text: 'a text',
  expect_number_or_text: 'a number or a text',
  expect_sides: 'a list of {count} whole numbers, each at most {max}',
  expect_object: 'an object',
  expect_triple: 'three numbers, or one for all channels',
  expect_divisors: 'three numbers, or one for all channels, not 0',
  expect_size: 'a size in whole pixels, each at most {max}',
  too_many_pixels: 'pictures would be scaled to more than 8192 pixels, or to none; the size is ignored.',
  kernel_near:
    'pictures are scaled with {kernel}, which is not supported here; bilinear, which is close to it, is used.',
  kernel_unknown: '{kernel} is not a known resampling; {fallback} is used.',
  step_unknown: 'the step "{step}" of "Preprocess" is not known here, and is left out.',
  mode_unknown: '"{field}" holds {mode}, which is not known; "{fallback}" is used.',
  open_clip_empty: 'it has neither "preprocess_cfg" nor "model_cfg", so it is ignored.',
  nothing_on_pictures: 'nothing in it says how pictures are prepared.',
  nothing_on_pictures_class:
    'nothing in it says how pictures are prepared ("{className}" is not known here).',
  no_class: 'it names no class ("image_processor_type"); its fields are read as most classes read them.',
  class_unknown:
    'the class "{className}" is not known here; its fields are read as most classes read them. Check width, height, mean and std.',
  no_crop_size: '"do_center_crop" is true, and no "crop_size" says how much is cut out; nothing is cut.',
  no_normalisation:
    '"do_normalize" is true, and "image_mean" and "image_std" do not say by what; values are not normalised.',
  size_follows:
    '{why}: there the size follows the shape of the picture, and a model here has one size. Pictures keep their shape and are fitted into {width}x{height}; give another size with --size where the graph leaves it open.',
  metadata_unknown: 'The metadata of the model: "{key}" is {found}, which is not known, and is ignored.',
  metadata_linear:
    'The metadata of the model: "Image.ColorSpaceGamma" is linear. Here the model gets the values that stand in pictures (sRGB).',
  tool_unread:
    '{file} of {tool} can declare how pictures are prepared, and is not read here. Give its values: size, fit, channels, scale, mean and std.',
} as const;

export const aboutPreprocessing = sentencesOf(PREPROCESSING);
