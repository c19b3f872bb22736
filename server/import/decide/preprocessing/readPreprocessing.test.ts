import assert from 'node:assert/strict';
import test from 'node:test';
import * as v from 'valibot';
import { Steps } from '../../../../protocol/steps.ts';
import { seeded } from '../../testing/opHarness.ts';
import { forms } from './formsForTests.ts';
import { readPreprocessing } from './readPreprocessing.ts';

const VIT = {
  image_processor_type: 'ViTImageProcessor',
  do_resize: true,
  size: { height: 224, width: 224 },
  resample: 2,
  do_center_crop: true,
  crop_size: 200,
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: true,
  image_mean: [0.1, 0.2, 0.3],
  image_std: [0.4, 0.5, 0.6],
};

const read = (file: unknown, name = 'preprocessor_config.json') =>
  readPreprocessing({ [name]: typeof file === 'string' ? file : JSON.stringify(file) });

test('what no field can hold gets a warning with the name of the field, and all other fields are read', () => {
  const wrong: Record<keyof typeof VIT, readonly unknown[]> = {
    image_processor_type: [5, ['ViTImageProcessor'], 'NoSuchImageProcessor', 'constructor', '__proto__'],
    do_resize: ['yes', 2, {}],
    size: ['224', { height: 224 }, [1, 2, 3], 0, -5, 1.5, 1e9, { shortest_edge: 'a' }, {}, []],
    resample: [9, 'cubist', {}, true, -1],
    do_center_crop: ['true', [1]],
    crop_size: ['200', {}, 0, [1, 2, 3]],
    do_rescale: ['no', 7],
    rescale_factor: ['1/255', 0, -1, [1]],
    do_normalize: ['true', {}],
    image_mean: ['0.5', [0.5, 0.5], [1, 2, 3, 4], [1, 2, 'x'], [null, 0, 0], {}, true],
    image_std: ['0.5', 0, [0.5, 0, 0.5], [1, 2], []],
  };
  for (const [field, values] of Object.entries(wrong)) {
    for (const value of values) {
      const what = `${field}: ${JSON.stringify(value)}`;
      const { published, warnings } = read({ ...VIT, [field]: value });
      assert.ok(published, what);
      assert.ok(
        warnings.some(({ text }) => text.includes(field) || text.includes(String(value))),
        `${what}: ${warnings}`,
      );
      if (field !== 'image_mean') assert.deepEqual(published.mean, VIT.image_mean, what);
      if (field !== 'image_std') assert.deepEqual(published.std, VIT.image_std, what);
      if (field !== 'rescale_factor') assert.equal(published.scale, 1 / 255, what);
      if (field !== 'size' && field !== 'resample') {
        assert.deepEqual(
          published.steps?.[0],
          { op: 'resize', width: 224, height: 224, resample: 'antialiased' },
          what,
        );
      }
    }
  }
});

test('null, 0 and 1 for booleans, a number for a triple, lists and objects for sizes are read as Python reads them', () => {
  const plain = read(VIT);
  assert.deepEqual(plain.warnings, []);
  const numbers = { do_resize: 1, do_center_crop: 1, do_rescale: 1, do_normalize: 1, do_convert_rgb: null };
  const sizes = { size: [224, 224], crop_size: { height: 200, width: 200 } };
  assert.deepEqual(read({ ...VIT, ...numbers, ...sizes }), plain);
  assert.deepEqual(read({ ...VIT, crop_size: [200] }), plain);
  assert.deepEqual(read({ ...VIT, image_mean: 0.5 }).published?.mean, [0.5, 0.5, 0.5]);
  assert.deepEqual(read({ ...VIT, image_mean: [0.25] }).published?.mean, [0.25, 0.25, 0.25]);
  const nulls = Object.fromEntries(Object.keys(VIT).map((field) => [field, null]));
  const none = read({ ...nulls, image_processor_type: VIT.image_processor_type });
  assert.deepEqual(none, read({ image_processor_type: VIT.image_processor_type }));
  assert.deepEqual(none.published?.mean, [0.5, 0.5, 0.5]);
  const off = read({ ...VIT, do_resize: 0, do_center_crop: false, do_rescale: 0, do_normalize: 0 });
  assert.deepEqual(off.warnings, []);
  assert.equal(off.published?.steps, undefined);
  assert.deepEqual(
    [off.published?.scale, off.published?.mean, off.published?.std],
    [1, [0, 0, 0], [1, 1, 1]],
  );
});

test('sizes of every form', () => {
  const steps = (file: object) =>
    read({ image_processor_type: 'CLIPImageProcessor', ...file }).published?.steps;
  const resample = 'bicubic';
  const whole = { do_center_crop: false };
  assert.deepEqual(steps({ ...whole, size: { longest_edge: 640 } }), [
    { op: 'resize', within: { width: 640, height: 640 }, resample },
  ]);
  assert.deepEqual(steps({ ...whole, size: { max_height: 480, max_width: 640 } }), [
    { op: 'resize', within: { width: 640, height: 480 }, resample },
  ]);
  assert.deepEqual(steps({ ...whole, size: [480, 640] }), [
    { op: 'resize', width: 640, height: 480, resample },
  ]);
  assert.deepEqual(steps({ ...whole, size: 336, default_to_square: true }), [
    { op: 'resize', width: 336, height: 336, resample },
  ]);
  assert.deepEqual(steps({ ...whole, size: 336 }), [{ op: 'resize', shortest: 336, resample }]);
  // What is smaller than the part that is cut out gets black around it.
  assert.deepEqual(steps({ size: 100, crop_size: 224 }), [
    { op: 'resize', shortest: 100, resample },
    { op: 'pad', width: 224, height: 224, colour: [0, 0, 0] },
    { op: 'crop', width: 224, height: 224 },
  ]);
});

test('ViLT, DPT, Perceiver, padded DETR and classes that scale by a share', () => {
  const steps = (image_processor_type: string, file: object) =>
    read({ image_processor_type, ...file }).published?.steps;
  assert.deepEqual(steps('ViltImageProcessor', { size: { shortest_edge: 384 } }), [
    { op: 'resize', shortest: 384, longest: 639, resample: 'bicubic' },
  ]);
  assert.deepEqual(steps('DPTImageProcessorFast', { size: 518, ensure_multiple_of: 32 }), [
    { op: 'resize', width: 512, height: 512, resample: 'bicubic' },
  ]);
  assert.deepEqual(steps('ConvNextImageProcessorFast', { size: { shortest_edge: 256 }, crop_pct: 0.9 }), [
    { op: 'resize', shortest: 284, resample: 'antialiased' },
    { op: 'crop', width: 256, height: 256 },
  ]);
  assert.deepEqual(steps('DetrFeatureExtractor', { size: 640 }), [
    { op: 'resize', shortest: 640, longest: 1333, resample: 'antialiased' },
  ]);
  // As Hugging Face's own guide for detectors has it.
  const guide = {
    size: { max_height: 480, max_width: 480 },
    do_pad: true,
    pad_size: { height: 480, width: 480 },
  };
  assert.deepEqual(steps('ConditionalDetrImageProcessor', guide), [
    { op: 'resize', within: { width: 480, height: 480 }, resample: 'antialiased' },
    { op: 'pad', width: 480, height: 480, colour: [124, 116, 104], at: 'top left' },
  ]);
  const perceiver = { crop_size: 256, do_center_crop: true, size: 224, resample: 3 };
  assert.deepEqual(steps('PerceiverFeatureExtractor', perceiver), [
    { op: 'resize', shortest: 256, resample: 'bicubic' },
    { op: 'crop', width: 224, height: 224 },
  ]);
  // Fast classes of the same name can take something else where a file says nothing.
  assert.equal(steps('EfficientNetImageProcessor', {})?.[0]?.op, 'resize');
  const kernel = (name: string) => {
    const [step] = steps(name, {}) ?? [];
    return step?.op === 'resize' ? step.resample : undefined;
  };
  assert.equal(kernel('EfficientNetImageProcessor'), 'nearest');
  assert.equal(kernel('EfficientNetImageProcessorFast'), 'bicubic');
});

test('the defaults of a class', () => {
  const of = (image_processor_type: string, file = {}) => read({ image_processor_type, ...file }).published;
  const efficientNet = { image_mean: 0.5, image_std: 0.25 };
  assert.deepEqual(of('EfficientNetImageProcessor', efficientNet)?.std, [0.0625, 0.0625, 0.0625]);
  const withoutTop = { ...efficientNet, include_top: false };
  assert.deepEqual(of('EfficientNetImageProcessor', withoutTop)?.std, [0.25, 0.25, 0.25]);
  const mobileVit = of('MobileViTImageProcessor', { image_mean: 0.5, image_std: 0.5, do_normalize: true });
  assert.equal(mobileVit?.channels, 'BGR');
  assert.deepEqual(
    [mobileVit?.mean, mobileVit?.std],
    [
      [0, 0, 0],
      [1, 1, 1],
    ],
  );
  assert.equal(of('MobileViTImageProcessor', { do_flip_channel_order: false })?.channels, 'RGB');
  assert.deepEqual(of('RTDetrImageProcessor')?.mean, [0, 0, 0]);
  assert.deepEqual(of('CLIPFeatureExtractor')?.mean, [0.48145466, 0.4578275, 0.40821073]);
  const video = of('VivitImageProcessor', { size: 224, offset: true, rescale_factor: 1 / 127.5 });
  assert.deepEqual([video?.scale, video?.mean], [1 / 127.5, [1, 1, 1]]);
});

test('an unknown class is named in a warning, and its fields are read', () => {
  const { published, warnings } = read({ ...VIT, image_processor_type: 'OrchidImageProcessor' });
  assert.deepEqual(published?.mean, VIT.image_mean);
  assert.deepEqual(published?.steps?.length, 2);
  assert.match(warnings.join(), /preprocessor_config\.json: the class "OrchidImageProcessor" is not known/);
  const sound = read({ feature_extractor_type: 'Wav2Vec2FeatureExtractor', sampling_rate: 16_000 });
  assert.equal(sound.published, undefined);
  assert.match(sound.warnings.join(), /"Wav2Vec2FeatureExtractor" is not known/);
});

test('a file that names no class is read by the class of the model type next to it', () => {
  const { image_processor_type: _, ...file } = VIT;
  const texts = {
    'preprocessor_config.json': JSON.stringify({ ...file, size: 224, do_center_crop: false }),
    'config.json': '{"model_type": "clip"}',
  };
  const { published, warnings } = readPreprocessing(texts);
  assert.deepEqual(warnings, []);
  assert.deepEqual(published?.steps, [{ op: 'resize', shortest: 224, resample: 'antialiased' }]);
  assert.match(read(file).warnings.join(), /names no class/);
});

test('what is not valid JSON gets a warning, and NaN is read as Python reads it', () => {
  const file = JSON.stringify(VIT);
  const broken = [
    '',
    '{',
    file.slice(0, -9),
    `// made by hand\n${file}`,
    'not json',
    file.replaceAll('"', "'"),
  ];
  for (const text of broken) {
    const { published, warnings } = read(text);
    assert.equal(published, undefined, text);
    assert.match(warnings.join(), /preprocessor_config\.json is not valid JSON/, text);
  }
  for (const text of ['[]', '5', 'null', '"a"']) {
    assert.match(
      read(text).warnings.join(),
      /preprocessor_config\.json holds .* where an object is expected/,
    );
  }
  const nan = read(file.replace('{', '{"threshold": NaN, "low": -Infinity, "about": "NaN, no number", '));
  assert.deepEqual(nan, read(VIT));
  assert.deepEqual(read(`\uFEFF${file}`), read(VIT));
});

test('processor_config.json of transformers 5 holds the image processor inside, that of transformers 4 none', () => {
  const inside = read({ processor_class: 'CLIPProcessor', image_processor: VIT }, 'processor_config.json');
  assert.deepEqual(inside.published?.mean, VIT.image_mean);
  assert.match(inside.published?.why ?? '', /^processor_config\.json/);
  assert.deepEqual(read(VIT, 'processor_config.json').published?.steps, read(VIT).published?.steps);
  const none = read({ processor_class: 'CLIPProcessor', image_seq_length: 576 }, 'processor_config.json');
  assert.deepEqual(none, { published: undefined, warnings: [] });
});

test('timm: flat files, other shapes than squares, modes and kernels that are not known', () => {
  const cfg = { input_size: [3, 192, 256], interpolation: 'bicubic', crop_pct: 0.9, mean: [0.5, 0.5, 0.5] };
  const flat = read({ architecture: 'resnet50', ...cfg }, 'config.json');
  assert.deepEqual(flat.warnings, []);
  assert.deepEqual(flat, read({ architecture: 'resnet50', pretrained_cfg: cfg }, 'config.json'));
  assert.deepEqual(flat.published?.std, [0.229, 0.224, 0.225]);
  assert.deepEqual(flat.published?.steps, [
    { op: 'resize', cover: { width: 284, height: 213 }, resample: 'antialiased' },
    { op: 'crop', width: 256, height: 192 },
  ]);
  const odd = read(
    {
      architecture: 'x',
      pretrained_cfg: { ...cfg, crop_mode: 'sideways', interpolation: 'hamming', std: 0 },
    },
    'config.json',
  );
  for (const field of [/"crop_mode"/, /"interpolation"/, /"std"/]) assert.match(odd.warnings.join(), field);
  assert.ok(odd.published);
  // As transformers' own wrapper for timm saves it.
  const wrapped = read({ image_processor_type: 'TimmWrapperImageProcessor', pretrained_cfg: cfg });
  assert.deepEqual(wrapped.published?.steps, flat.published?.steps);
  const unrelated = read({ architectures: ['ViTForImageClassification'], model_type: 'vit' }, 'config.json');
  assert.deepEqual(unrelated, { published: undefined, warnings: [] });
});

test('open_clip_config.json: shortest, squash and longest', () => {
  const steps = (preprocess_cfg: object, model_cfg: object = { vision_cfg: { image_size: 256 } }) =>
    read({ model_cfg, preprocess_cfg }, 'open_clip_config.json').published?.steps;
  const resample = 'bicubic';
  assert.deepEqual(steps({}), [
    { op: 'resize', shortest: 256, resample },
    { op: 'crop', width: 256, height: 256 },
  ]);
  assert.deepEqual(steps({ resize_mode: 'squash', size: [224, 224], interpolation: 'bilinear' }), [
    { op: 'resize', width: 224, height: 224, resample: 'antialiased' },
  ]);
  assert.deepEqual(steps({ resize_mode: 'longest', fill_color: 7 }), [
    { op: 'resize', within: { width: 256, height: 256 }, resample },
    { op: 'pad', width: 256, height: 256, colour: [7, 7, 7] },
  ]);
  assert.match(read({}, 'open_clip_config.json').warnings.join(), /neither "preprocess_cfg" nor "model_cfg"/);
});

test('any mutation of any published file is read or named in a warning: nothing throws, and no file is ignored in silence', async () => {
  const next = seeded(20_261_127);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  const junk = [
    null,
    true,
    false,
    0,
    1,
    -1,
    0.5,
    1e308,
    4097,
    '',
    '224',
    'a"b\n',
    [],
    [null],
    [1, 2],
    [3, 4, 5],
    {},
  ];
  const objects = [
    { height: 8 },
    { shortest_edge: null },
    { shortest_edge: 9, longest_edge: 8 },
    { width: 3, height: 4 },
  ];
  const all = await forms();
  for (let round = 0; round < 4_000; round++) {
    const [[name, text] = ['', '']] = Object.entries(pick(all).texts);
    const file = JSON.parse(text);
    const target = name === 'config.json' && next() < 0.9 ? file.pretrained_cfg : file;
    for (let change = 0; change < 1 + next() * 3; change++) {
      const field = pick(Object.keys(target));
      if (next() < 0.2) delete target[field];
      else target[field] = pick<unknown>([...junk, ...objects]);
    }
    const what = JSON.stringify(file);
    const { published, warnings } = readPreprocessing({ [name]: what });
    const isTimm =
      name === 'config.json' && typeof file.pretrained_cfg === 'object' && file.pretrained_cfg !== null;
    if (name !== 'config.json' || isTimm) assert.ok(published || warnings.length > 0, what);
    if (published === undefined) continue;
    const numbers = [published.scale, ...published.mean, ...published.std];
    assert.ok(numbers.every(Number.isFinite), what);
    assert.ok(
      published.std.every((by) => by !== 0),
      what,
    );
    if (published.steps) assert.ok(v.is(Steps, published.steps), what);
    for (const { text } of warnings) assert.ok(text.length < 400 && !/\n/.test(text), text);
  }
});
