import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unzipSync } from 'fflate';
import { isModelFile, looksLikeModel, packFiles, titleOf } from './modelFiles.ts';

const file = (path: string, content: string) => ({
  path,
  file: new File([content], path.split('/').at(-1) ?? path),
});

test('one file is sent as it is', async () => {
  const { path, file: model } = file('birds.onnx', 'weights');
  assert.equal(await packFiles([{ path, file: model }]), model);
  // But for the folder that it is called after.
  assert.equal((await packFiles([file('birds/model.onnx', 'weights')])).name, 'birds.zip');
  assert.equal((await packFiles([file('birds/model.zip', 'weights')])).name, 'model.zip');
});

test('several files become a zip that keeps their places, named after the folder or the graph', async () => {
  const big = 'w'.repeat(200_000);
  const folder = await packFiles([file('birds/model.json', '{}'), file('birds/shards/1.bin', big)]);
  assert.equal(folder.name, 'birds.zip');
  const files = unzipSync(new Uint8Array(await folder.arrayBuffer()));
  assert.deepEqual(Object.keys(files), ['birds/model.json', 'birds/shards/1.bin']);
  assert.equal(Buffer.from(files['birds/shards/1.bin'] ?? []).toString(), big);
  const loose = await packFiles([file('labels.txt', 'wren'), file('birds.onnx', big)]);
  assert.equal(loose.name, 'birds.zip');
  // Weights outside are larger than the graph that they belong to.
  const split = await packFiles([file('weights.bin', big), file('birds.onnx', 'graph')]);
  assert.equal(split.name, 'birds.zip');
});

test('a person sees the folder or the file that they chose, not what it is packed into', () => {
  assert.equal(titleOf([file('weights.bin', 'w'.repeat(9)), file('birds.onnx', 'g')]), 'birds.onnx');
  assert.equal(titleOf([file('birds/model.json', '{}'), file('birds/1.bin', 'weights')]), 'birds');
});

test('models and pictures are distinguished by their names', () => {
  for (const name of ['a.onnx', 'MODEL.JSON', 'converted.zip', 'group1-shard1of2.bin', 'a.onnx_data_1'])
    assert.ok(isModelFile(name));
  for (const name of ['cat.png', 'clip.mp4', 'notes.txt']) assert.ok(!isModelFile(name));
});

test('files without a model among them are not sent; a file without an ending may be one', async () => {
  await assert.rejects(
    packFiles([file('labels.txt', 'wren'), file('a/cat.png', '')]),
    /labels.txt, a\/cat.png.*\.onnx/,
  );
  assert.equal((await packFiles([file('network', 'weights')])).name, 'network');
});

test('a folder that is dropped is taken for a model, whatever its name', () => {
  const drop = (name: string, isDirectory: boolean) => {
    const items = [{ webkitGetAsEntry: () => ({ isDirectory }) }];
    return { files: [new File([], name)], items } as unknown as Pick<DataTransfer, 'files' | 'items'>;
  };
  assert.ok(looksLikeModel(drop('my birds', true)));
  assert.ok(looksLikeModel(drop('birds.onnx', false)));
  assert.ok(!looksLikeModel(drop('cat.png', false)));
});
