import assert from 'node:assert/strict';
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { temporaryFolder } from '../import/testing/modelsForTests.ts';
import { signatureOf } from './folderWatch.ts';

test('a signature changes with each graph and label file, whatever its name', async (t) => {
  const dir = await temporaryFolder(t);
  const write = (name: string, content = '{}') => writeFile(path.join(dir, name), content);
  await write('encoder.onnx');
  assert.equal(await signatureOf(dir), '', 'no manifest, no model');
  await write('manifest.json');
  const signatures = [await signatureOf(dir)];
  // A second graph that is still being copied.
  await mkdir(path.join(dir, 'graphs'));
  await write('graphs/decoder.onnx', 'half');
  signatures.push(await signatureOf(dir));
  await appendFile(path.join(dir, 'graphs/decoder.onnx'), ' and the rest');
  signatures.push(await signatureOf(dir));
  await write('names.txt', 'cat');
  signatures.push(await signatureOf(dir));
  assert.equal(new Set(signatures).size, signatures.length, signatures.join('\n'));

  // What the store writes is no change of these files.
  await write('history.json', '[]');
  await mkdir(path.join(dir, 'versions/a'), { recursive: true });
  await write('versions/a/model.onnx');
  assert.equal(await signatureOf(dir), signatures.at(-1));
  await rm(path.join(dir, 'manifest.json'));
  assert.equal(await signatureOf(dir), '');
});
