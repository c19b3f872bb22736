import assert from 'node:assert/strict';
import test from 'node:test';
import { fixedSteps } from './fixedSteps.ts';
import { readPreprocessing } from './readPreprocessing.ts';

const RESIZE = { type: 'Resize', target_size: [320, 640], keep_ratio: false, interp: 1 };
const NORMALISE = {
  type: 'NormalizeImage',
  is_scale: true,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  norm_type: 'mean_std',
};

function read(...steps: object[]) {
  const { published, warnings } = readPreprocessing({
    'infer_cfg.yml': JSON.stringify({ Preprocess: steps }),
  });
  return { published, warnings: warnings.map(({ text }) => text) };
}

test('height stands before width, and pictures are stretched', () => {
  const { published, warnings } = read(RESIZE, NORMALISE, { type: 'Permute' });
  assert.deepEqual(published?.steps, [{ op: 'resize', width: 640, height: 320, resample: 'bilinear' }]);
  const { scale, mean, std, channels } = published ?? {};
  assert.deepEqual(
    { scale, mean, std, channels },
    {
      scale: 1 / 255,
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
      channels: 'RGB',
    },
  );
  assert.deepEqual(warnings, []);
});

test('values are scaled with norm_type none, too, and then left alone', () => {
  const { published } = read(RESIZE, { ...NORMALISE, norm_type: 'none' });
  assert.deepEqual([published?.scale, published?.mean, published?.std], [1 / 255, [0, 0, 0], [1, 1, 1]]);
});

test('values that nothing scales stay 0..255', () => {
  assert.equal(read(RESIZE).published?.scale, 1);
  assert.equal(read(RESIZE, { ...NORMALISE, is_scale: false }).published?.scale, 1);
});

test('a size that follows the picture becomes a square of its shorter edge', () => {
  const { published } = read({ ...RESIZE, target_size: [800, 1333], keep_ratio: true }, NORMALISE);
  assert.deepEqual(published?.steps, [{ op: 'resize', shortest: 800, longest: 1333, resample: 'bilinear' }]);
  assert.ok(published);
  const fixed = fixedSteps(published);
  assert.deepEqual([fixed?.width, fixed?.height], [800, 800]);
});

test('a letterbox keeps the shape of pictures', () => {
  assert.deepEqual(read({ type: 'LetterBoxResize', target_size: [320, 640] }).published?.steps, [
    { op: 'resize', within: { width: 640, height: 320 }, resample: 'antialiased' },
    { op: 'pad', width: 640, height: 320, colour: [128, 128, 128] },
  ]);
});

test('what is not known is named: a step, a kernel, a size', () => {
  const { published, warnings } = read(
    { ...RESIZE, interp: 2 },
    { type: 'WarpAffine', keep_res: false },
    { ...RESIZE, target_size: 'large' },
  );
  assert.equal(published?.steps?.length, 1);
  assert.match(warnings.join('\n'), /infer_cfg.yml: .*cv2.INTER_CUBIC/);
  assert.match(warnings.join('\n'), /"WarpAffine"/);
  assert.match(warnings.join('\n'), /"target_size" holds "large"/);
});

test('a file without Preprocess says nothing', () => {
  assert.equal(
    readPreprocessing({ 'inference.yml': '{"Global": {"model_name": "x"}}' }).published,
    undefined,
  );
  assert.equal(readPreprocessing({ 'inference.yml': '{"Preprocess": "no list"}' }).published, undefined);
  assert.equal(readPreprocessing({ 'inference.yml': '- a\n: b' }).published, undefined);
});
