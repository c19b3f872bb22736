import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import sharp from 'sharp';
import { readModelFolder } from '../../library/modelFolder.ts';
import { readPictureSets } from './calibrationPictures.ts';

const DIR = 'models/coco-ssd';

async function folderOf(t: test.TestContext, count: number) {
  const dir = await mkdtemp(path.join(tmpdir(), 'pictures-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return Promise.all(
    Array.from({ length: count }, async (_, at) => {
      const file = path.join(dir, `${at}.png`);
      const background = { r: at, g: 200, b: 90 };
      await writeFile(
        file,
        await sharp({ create: { width: 8, height: 8, channels: 3, background } })
          .png()
          .toBuffer(),
      );
      return { name: `${at}.png`, file };
    }),
  );
}

test('a third of the pictures is kept for the comparison, and few pictures are seen in several ways', async (t) => {
  const { manifest } = await readModelFolder(DIR);
  const files = await folderOf(t, 45);
  const { calibration, comparison, isHeldOut } = await readPictureSets(DIR, manifest, files);
  assert.ok(isHeldOut);
  assert.equal(comparison.length, 15);
  // 30 of them, in four ways each.
  assert.equal(calibration.length, 120);
  const compared = new Set(comparison.map(({ name }) => name));
  assert.ok(calibration.every(({ name }) => !compared.has(name)));
  const [asItIs, near] = calibration;
  assert.equal(asItIs?.name, near?.name);
});

test('many pictures are seen as they are', async (t) => {
  const { manifest } = await readModelFolder(DIR);
  const files = await folderOf(t, 93);
  const { calibration } = await readPictureSets(DIR, manifest, files);
  assert.equal(calibration.length, 62);
  assert.equal(new Set(calibration.map(({ name }) => name)).size, 62);
});
