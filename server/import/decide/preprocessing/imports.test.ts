import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import sharp from 'sharp';
import type { ImportOptions } from '../../../../protocol/models.ts';
import { decodeModel, encodeModel } from '../../onnx/onnxBytes.ts';
import { onnx } from '../../onnx/onnxProto/onnx.js';
import { importModel } from '../../run/importModel.ts';
import { best, decided, importBytes, NO_COST } from '../../testing/importForTests.ts';
import { solidPicture, temporaryFolder } from '../../testing/modelsForTests.ts';
import { forms } from './formsForTests.ts';

const solids = async (...colours: string[]) =>
  Promise.all(colours.map(async (name) => ({ name, image: await solidPicture(name) })));

/** A model with the files next to it, from the folder of fixtures. */
async function fixture(name: string) {
  const folder = path.join(import.meta.dirname, '../../fixtures', name);
  const files: Record<string, Uint8Array> = {};
  for (const file of await readdir(folder)) files[file] = await readFile(path.join(folder, file));
  const { 'model.onnx': model, ...otherFiles } = files;
  assert.ok(model);
  return { model, otherFiles };
}

async function importFixture(t: TestContext, name: string, colours: string[], options: ImportOptions = {}) {
  const { model, otherFiles } = await fixture(name);
  return importBytes(t, model, options, { files: otherFiles, samples: await solids(...colours) });
}

const COLOURS = ['red', 'green', 'blue'];
const preprocessingWarnings = ({ warnings }: { warnings: { code: string; message: string }[] }) =>
  warnings.filter(({ code }) => code === 'preprocessing').map(({ message }) => message);

test('channels are swapped where MobileViT swaps them', async (t) => {
  const { report } = await importFixture(t, 'c2-hf-flip-channels', ['red', 'lime', 'blue']);
  assert.deepEqual(best(report), COLOURS);
  assert.equal(decided(report, 'channels'), 'BGR, said by the model');
  assert.equal(decided(report, 'mean'), '0, 0, 0, said by the model');
});

test('EfficientNet with rescale_offset takes -1..1', async (t) => {
  const { report } = await importFixture(t, 'c3-hf-rescale-offset', ['black', 'white']);
  assert.deepEqual(best(report), ['dark', 'bright']);
  assert.equal(decided(report, 'scale'), '1/127.5, said by the model');
  assert.equal(decided(report, 'mean'), '1, 1, 1, said by the model');
});

test('ConvNeXT at 384 squashes the picture and cuts nothing', async (t) => {
  const { model, otherFiles } = await fixture('c12-convnext-384');
  const red = { create: { width: 200, height: 200, channels: 3, background: 'red' } } as const;
  const wide = await sharp({ create: { width: 800, height: 200, channels: 3, background: 'blue' } })
    .composite([{ input: await sharp(red).png().toBuffer(), left: 300, top: 0 }])
    .png()
    .toBuffer();
  const samples = [{ name: 'wide', image: wide }, ...(await solids('red', 'lime', 'blue'))];
  const { report, manifest } = await importBytes(t, model, {}, { files: otherFiles, samples });
  assert.deepEqual(best(report), ['blue', ...COLOURS]);
  assert.deepEqual(manifest.input.steps, [{ op: 'resize', width: 384, height: 384, resample: 'bicubic' }]);
});

test("ONNX's image metadata says order and range", async (t) => {
  const { report } = await importFixture(t, 'c5-image-metadata', ['red', 'lime', 'blue']);
  assert.deepEqual(best(report), COLOURS);
  assert.equal(decided(report, 'channels'), 'BGR, said by the model');
  assert.equal(decided(report, 'scale'), '1, said by the model');
  assert.equal(decided(report, 'mean'), '0, 0, 0, said by the model');
});

test('a graph that transposes first and scales then takes 0..255', async (t) => {
  const { report } = await importFixture(t, 'c19b-keras-effnet-transposed', ['red', 'lime', 'blue']);
  assert.deepEqual(best(report), COLOURS);
  assert.equal(decided(report, 'scale'), '1, inferred');
  assert.match(
    report.decisions.find(({ field }) => field === 'scale')?.why ?? '',
    /Mul, Sub, Div, for 0\.\.255/,
  );
});

test('a graph that scales 0..255 itself next to a file that scales too gets a warning', async (t) => {
  const { model, otherFiles } = await fixture('c19b-keras-effnet-transposed');
  const form = (await forms()).find(({ id }) => id === 'vit');
  const samples = await solids('red');
  const files = { ...otherFiles, ...form?.texts };
  const { report } = await importBytes(t, model, {}, { files, samples });
  assert.match(preprocessingWarnings(report).join(), /prepared twice: the graph starts with Mul, Sub, Div/);
  const given = { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] } satisfies ImportOptions;
  const { report: right } = await importBytes(t, model, given, { files, samples });
  assert.deepEqual(
    preprocessingWarnings(right).filter((message) => /twice/.test(message)),
    [],
  );
});

/** A classifier of colours for pictures of any size: its input is open. */
async function openClassifier(): Promise<Uint8Array> {
  const { model } = await fixture('c12-convnext-384');
  const proto = decodeModel(model);
  const dims = proto.graph?.input?.[0]?.type?.tensorType?.shape?.dim ?? [];
  dims[2] = { dimParam: 'height' };
  dims[3] = { dimParam: 'width' };
  return encodeModel(proto);
}

test('nulls, and a number for three, are read: the size, too, where the graph leaves it open', async (t) => {
  const model = await openClassifier();
  for (const id of ['vit-fast-nulls', 'mean-number']) {
    const form = (await forms()).find((one) => one.id === id);
    assert.ok(form);
    const samples = await solids('red', 'lime', 'blue');
    const { report, manifest } = await importBytes(
      t,
      model,
      { labels: COLOURS },
      { files: form.texts, samples },
    );
    assert.deepEqual(best(report), COLOURS, id);
    assert.deepEqual(preprocessingWarnings(report), [], id);
    assert.equal(decided(report, 'width'), '224, said by the model', id);
    assert.equal(decided(report, 'mean'), '0.5, 0.5, 0.5, said by the model', id);
    assert.equal(decided(report, 'std'), '0.5, 0.5, 0.5, said by the model', id);
    assert.deepEqual(manifest.input.steps, [
      { op: 'resize', width: 224, height: 224, resample: 'antialiased' },
    ]);
  }
});

test('what takes bytes gets bytes, whatever the file next to it says of their values', async (t) => {
  const proto = onnx.ModelProto.decode(await openClassifier());
  const { graph } = proto;
  const input = graph?.input?.[0];
  assert.ok(graph?.node && input?.type?.tensorType);
  input.type.tensorType.elemType = onnx.TensorProto.DataType.UINT8;
  const name = input.name ?? '';
  for (const node of graph.node)
    node.input = (node.input ?? []).map((one) => (one === name ? 'floats' : one));
  const to = { name: 'to', type: onnx.AttributeProto.AttributeType.INT, i: onnx.TensorProto.DataType.FLOAT };
  graph.node.unshift(
    onnx.NodeProto.create({ opType: 'Cast', input: [name], output: ['floats'], attribute: [to] }),
  );
  const form = (await forms()).find(({ id }) => id === 'vit');
  const samples = await solids('red', 'lime', 'blue');
  const bytes = encodeModel(proto);
  const { report } = await importBytes(t, bytes, { labels: COLOURS }, { files: form?.texts ?? {}, samples });
  assert.deepEqual(best(report), COLOURS);
  assert.equal(decided(report, 'scale'), '1, inferred');
  assert.equal(decided(report, 'mean'), '0, 0, 0, inferred');
});

test('where the size follows the picture, pictures are fitted into a square on the mean colour, and the report says so', async (t) => {
  const form = (await forms()).find(({ id }) => id === 'yolos');
  const model = await openClassifier();
  const samples = await solids('red');
  const options = { labels: COLOURS, task: 'image-classification' } as const;
  const { report, manifest } = await importBytes(t, model, options, { files: form?.texts ?? {}, samples });
  assert.match(preprocessingWarnings(report).join(), /the size follows the shape of the picture.*512x512/);
  assert.deepEqual(manifest.input.steps, [
    { op: 'resize', within: { width: 512, height: 512 }, resample: 'antialiased' },
    { op: 'pad', width: 512, height: 512, colour: [124, 116, 104], at: 'top left' },
  ]);
  const given = { ...options, width: 320, height: 256 };
  const other = await importBytes(t, model, given, { files: form?.texts ?? {}, samples });
  assert.deepEqual(other.manifest.input.steps, [
    { op: 'resize', within: { width: 320, height: 256 }, resample: 'antialiased' },
    { op: 'pad', width: 320, height: 256, colour: [124, 116, 104], at: 'top left' },
  ]);
});

test('a graph of another size than its file says gets the steps at its own size, and the report says so', async (t) => {
  const form = (await forms()).find(({ id }) => id === 'dinov2');
  const { model } = await fixture('c12-convnext-384');
  const samples = await solids('red', 'lime', 'blue');
  const { report, manifest } = await importBytes(
    t,
    model,
    { labels: COLOURS },
    { files: form?.texts ?? {}, samples },
  );
  assert.deepEqual(manifest.input.steps?.at(-1), { op: 'crop', width: 384, height: 384 });
  const { why } = report.decisions.find(({ field }) => field === 'steps') ?? {};
  assert.match(why ?? '', /384x384.*224x224/);
});

test('a file that cannot be read gets a warning, and the import goes on with what is usual', async (t) => {
  const files = { 'preprocessor_config.json': '{"image_mean": [0.5, 0.5', 'pipeline.json': '{}' };
  const { report } = await importBytes(t, await openClassifier(), { labels: COLOURS }, { files });
  const warned = preprocessingWarnings(report).join('\n');
  assert.match(warned, /preprocessor_config\.json is not valid JSON/);
  assert.match(warned, /pipeline\.json of MMDeploy/);
  assert.equal(decided(report, 'mean'), '0.485, 0.456, 0.406, assumed');
});

test('a repository with its graphs in a folder of their own has its files above it', async (t) => {
  const { model, otherFiles } = await fixture('c2-hf-flip-channels');
  const dir = await temporaryFolder(t);
  await mkdir(path.join(dir, 'onnx'));
  await writeFile(path.join(dir, 'onnx/model.onnx'), model);
  for (const [name, content] of Object.entries(otherFiles)) await writeFile(path.join(dir, name), content);
  const { report } = await importModel(
    { description: 'a test', dir, entry: 'onnx/model.onnx' },
    { labels: COLOURS },
    {
      stagingDir: path.join(dir, 'staging'),
      samples: await solids('red', 'lime', 'blue'),
      measureCost: NO_COST,
    },
  );
  assert.deepEqual(best(report), COLOURS);
  assert.equal(decided(report, 'channels'), 'BGR, said by the model');
});
