import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import sharp from 'sharp';
import { follow } from '../../../../vision/steps.ts';
import { decode } from '../../../inference/decode.ts';
import { photo } from '../../../testing/media.ts';
import { affine } from '../../onnx/preparation.ts';
import { type Form, forms } from './formsForTests.ts';
import { readPreprocessing } from './readPreprocessing.ts';

test('every published form gives the values that Python gives: scale and offset of each channel, and their order', async (t) => {
  for (const form of await forms()) {
    await t.test(form.id, () => {
      const { published, warnings } = readPreprocessing(form.texts);
      assert.ok(published, 'nothing was read');
      assert.deepEqual(warnings, []);
      assert.equal(published.channels, form.channels);
      const { factors, shifts } = affine(published);
      form.scaleAndOffset.forEach(([scale, offset], channel) => {
        assert.ok(
          Math.abs((factors[channel] ?? 0) - scale) < 1e-8,
          `scale ${factors[channel]}, not ${scale}`,
        );
        assert.ok(
          Math.abs((shifts[channel] ?? 0) - offset) < 1e-6,
          `offset ${shifts[channel]}, not ${offset}`,
        );
      });
    });
  }
});

test('every published form gives the pixels that Python and Pillow give', async (t) => {
  for (const form of await forms()) {
    await t.test(form.id, async () => {
      for (const picture of form.pictures) await comparePixels(form, picture);
    });
  }
});

/** Within one step of 255 in the mean and six at most; two and twelve where the picture grows. */
async function comparePixels(
  { texts }: Form,
  { photo: name, width, height, expected }: Form['pictures'][number],
) {
  const { published } = readPreprocessing(texts);
  assert.ok(published?.steps);
  const bytes = await photo(name);
  const original = await sharp(bytes).metadata();
  const input = { width, height, steps: [...published.steps] };
  const { pixels, size } = await decode(bytes, 'png', input, { maxPixels: 60e6, isFitted: false });
  assert.deepEqual(size, { width, height });

  const { data, info } = await sharp(await readFile(expected))
    .raw()
    .toBuffer({ resolveWithObject: true });
  assert.equal(info.channels, 3);
  let sum = 0;
  let most = 0;
  for (let y = 0; y < info.height; y++) {
    for (let x = 0; x < info.width * 3; x++) {
      const row = height - info.height + y;
      const off = Math.abs(
        (data[y * info.width * 3 + x] ?? 0) -
          (pixels[(row * width + width - info.width) * 3 + x] ?? Number.NaN),
      );
      sum += off;
      most = Math.max(most, off);
    }
  }
  const mean = sum / data.length;
  const isGrowing = follow(input.steps, original).moves.some(
    (move) => move.op === 'resize' && (move.to.width > move.from.width || move.to.height > move.from.height),
  );
  const [meanLimit, limit] = isGrowing ? [2, 12] : [1, 6];
  assert.ok(mean <= meanLimit && most <= limit, `${name}: ${mean.toFixed(2)} in the mean, ${most} at most`);
}
