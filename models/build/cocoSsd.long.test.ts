import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-node';
import * as v from 'valibot';
import { cocoClasses } from '../../server/import/decide/cocoLabels.ts';
import { ImportError } from '../../server/import/importError.ts';
import { compareWithGolden } from '../../vision/golden.ts';
import { graphsOf, Manifest } from '../../vision/manifest.ts';
import type { DetectionAnswer } from '../../vision/tasks/objectDetection.ts';
import { Golden } from '../../vision/tasks/taskOf.ts';
import { buildCocoSsdGraph, fetchCocoSsd, inputSidePx } from './cocoSsd.ts';
import { goldenPhotos, photoFile, type Rgb, readRgb, stretchToInput } from './goldens.ts';
import { loadReference } from './reference.ts';

const modelFile = (name: string): string => fileURLToPath(new URL(`../coco-ssd/${name}`, import.meta.url));
const readManifest = async (): Promise<Manifest> =>
  v.parse(Manifest, JSON.parse(await readFile(modelFile('manifest.json'), 'utf8')));

const graph = await ort.InferenceSession.create(modelFile('model.onnx'), { intraOpNumThreads: 2 });
const labels = (await readFile(modelFile('labels.txt'), 'utf8')).trimEnd().split('\n');
const pictureBytes = inputSidePx * inputSidePx * 3;
const blank: Rgb = {
  data: new Uint8Array(pictureBytes).fill(128),
  widthPx: inputSidePx,
  heightPx: inputSidePx,
};

type Seen = DetectionAnswer['detections'][number];

/** Runs the committed graph on a batch; detections by picture. */
async function detect(...pictures: Rgb[]): Promise<Seen[][]> {
  const pixels = Buffer.concat(pictures.map(({ data }) => data));
  const shape = [pictures.length, inputSidePx, inputSidePx, 3];
  const { images, boxes, scores, classes } = await graph.run({
    image: new ort.Tensor('uint8', pixels, shape),
  });
  assert.ok(images && boxes && scores && classes);
  const count = images.dims[0] ?? 0;
  assert.deepEqual(
    [images.type, boxes.type, scores.type, classes.type],
    ['int32', 'float32', 'float32', 'int32'],
  );
  assert.deepEqual(
    [images.dims, boxes.dims, scores.dims, classes.dims],
    [[count], [count, 4], [count], [count]],
  );
  const found = pictures.map((): Seen[] => []);
  for (let row = 0; row < count; row++) {
    const [x = 0, y = 0, width = 0, height = 0] = Array.from(boxes.data.slice(row * 4, row * 4 + 4), Number);
    found[Number(images.data[row])]?.push({
      label: labels[Number(classes.data[row])] ?? 'no label',
      score: Number(scores.data[row]),
      box: [x, y, width, height],
    });
  }
  for (const detections of found) {
    const order = detections.map(({ score }) => score);
    assert.deepEqual(
      order,
      order.toSorted((a, b) => b - a),
      'best score first',
    );
  }
  return found;
}

async function detectOne(picture: Rgb): Promise<Seen[]> {
  return (await detect(picture))[0] ?? [];
}

const photos = await Promise.all(
  goldenPhotos.map(async ({ name, photo }) => {
    const full = await readRgb(photoFile(photo));
    return { name, full, input: await stretchToInput(full) };
  }),
);

const differencesFrom = (golden: Golden, detections: readonly Seen[]): string[] =>
  compareWithGolden(golden, { task: 'object-detection', detections: [...detections] }).differences;

test('the model folder is what its manifest says', async () => {
  const manifest = await readManifest();
  const bytes = await readFile(modelFile(graphsOf(manifest).main?.file ?? ''));
  assert.equal(createHash('sha256').update(bytes).digest('hex'), graphsOf(manifest).main?.sha256);
  assert.deepEqual(
    labels,
    cocoClasses.map(({ label }) => label),
  );
  assert.equal(labels.length, 80);
  assert.match(
    await readFile(modelFile(manifest.license.file ?? 'none'), 'utf8'),
    /Apache License\s+Version 2\.0/,
  );
  assert.deepEqual([...graph.inputNames], [manifest.input.name]);
});

test('the committed graph gives what the goldens record', async () => {
  for (const { image, expected } of (await readManifest()).goldens) {
    const golden = v.parse(Golden, JSON.parse(await readFile(modelFile(expected), 'utf8')));
    const picture = await readRgb(modelFile(image));
    assert.deepEqual([picture.widthPx, picture.heightPx], [inputSidePx, inputSidePx]);
    assert.deepEqual(differencesFrom(golden, await detectOne(picture)), [], image);
  }
});

test('a batch of 1, 2 or 5 gives for each picture what it gives alone', async () => {
  const inputs = photos.map(({ input }) => input);
  for (const batch of [inputs.slice(0, 1), inputs.slice(1, 3), [blank, ...inputs]]) {
    const together = await detect(...batch);
    for (const [i, picture] of batch.entries()) {
      const alone = await detectOne(picture);
      assert.equal(together[i]?.length, alone.length);
      for (const [row, detection] of alone.entries()) {
        const other: Seen | undefined = together[i]?.[row];
        assert.equal(other?.label, detection.label);
        assert.ok(Math.abs((other?.score ?? 0) - detection.score) < 1e-4);
      }
    }
  }
});

test('pictures of nothing give no rows, alone and in a batch', async () => {
  assert.deepEqual(await detect(blank), [[]]);
  assert.deepEqual(await detect(blank, blank), [[], []]);
});

test('against the source', async (t) => {
  const source = await fetchCocoSsd().catch((error: unknown) => {
    // Without a network and a cached tarball there is nothing to compare with; where it counts, that fails.
    const offline = error instanceof ImportError && error.code === 'source_unreachable';
    if (!offline || process.env.CI !== undefined) throw error;
    t.skip(error.message);
    return undefined;
  });
  if (source === undefined) return;
  const reference = await loadReference(source);
  t.after(() => reference.close());

  await t.test('building it again gives the committed graph, byte for byte', async () => {
    const built = createHash('sha256').update(buildCocoSsdGraph(source)).digest('hex');
    assert.equal(built, graphsOf(await readManifest()).main?.sha256);
  });

  for (const { name, full, input } of photos) {
    await t.test(`${name}: the graph sees what the original sees in the same pixels`, async () => {
      const minScore = 0.2;
      const expected = await reference.detect(input.data, inputSidePx, inputSidePx, { minScore });
      const found = (await detectOne(input)).filter(({ score }) => score > minScore);
      assert.equal(found.length, expected.length);
      for (const [i, { label, score, box }] of expected.entries()) {
        const other = found[i];
        assert.equal(other?.label, label);
        assert.ok(Math.abs((other?.score ?? 0) - score) < 1e-4, `${other?.score}, not ${score}`);
        for (const side of [0, 1, 2, 3] as const)
          assert.ok(Math.abs((other?.box?.[side] ?? 9) - box[side]) < 1e-4);
      }
    });

    await t.test(`${name}: and, after our resize, what it sees in the whole photo`, async () => {
      const detections = await reference.detect(full.data, full.widthPx, full.heightPx, { minScore: 0.5 });
      const golden: Golden = { recordedBy: reference.name, minScore: 0.5, detections };
      assert.equal(detections.length > 0, name !== 'rocket');
      assert.deepEqual(differencesFrom(golden, await detectOne(input)), []);
    });
  }
});
