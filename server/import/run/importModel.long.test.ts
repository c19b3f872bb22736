import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { compareWithGolden } from '../../../vision/golden.ts';
import { openModel } from '../../inference/model.ts';
import { temporaryFolder, tinyClassifier } from '../testing/modelsForTests.ts';
import { runImport, runVerify } from './process.ts';

test('a classifier becomes a complete version, in a process of its own', async (t) => {
  const dir = await temporaryFolder(t);
  const stagingDir = path.join(await temporaryFolder(t), 'shapes');
  await writeFile(path.join(dir, 'Shapes & colours.onnx'), tinyClassifier());
  await writeFile(path.join(dir, 'labels.txt'), 'one\ntwo\r\nthree\n\n');
  const messages: string[] = [];
  const { report, manifest } = await runImport(
    { description: 'a test', dir },
    { id: 'shapes' },
    { stagingDir, onProgress: (message) => messages.push(String(message)) },
  );
  assert.ok(messages.length > 2);
  assert.equal(manifest.task, 'image-classification');
  assert.equal(manifest.name, 'Shapes & colours');
  assert.equal(report.labelCount, 3);
  assert.equal(report.goldens.count, 4);
  assert.equal(report.goldens.sameTop, 4);
  assert.ok((report.goldens.largestDifference ?? 1) < 1e-5);
  assert.deepEqual(
    report.decisions.find(({ field }) => field === 'activation'),
    {
      field: 'activation',
      value: 'softmax',
      how: 'inferred',
      why: 'the outputs for the samples are not scores in 0..1',
      code: 'samples_are_no_scores',
    },
  );
  assert.ok(report.cost.inferMs > 0 && report.cost.loadMs > 0);
  assert.deepEqual(JSON.parse(await readFile(path.join(stagingDir, 'manifest.json'), 'utf8')), manifest);

  const labels = ['one', 'two', 'three'];
  assert.equal(await readFile(path.join(stagingDir, 'labels.txt'), 'utf8'), `${labels.join('\n')}\n`);
  const opened = await openModel(
    { manifest, labels, graphFiles: { main: path.join(stagingDir, 'model.onnx') } },
    1,
  );
  const { width, height } = manifest.input;
  const answer = await opened.run(new Uint8Array(width * height * 3));
  assert.ok(answer.task === 'image-classification');
  assert.ok(Math.abs(answer.scores.reduce((sum, score) => sum + score, 0) - 1) < 1e-6);
  assert.notDeepEqual(compareWithGolden({ recordedBy: 'a test', scores: [1, 0, 0] }, answer).differences, []);

  const { runtimes } = await runVerify(stagingDir);
  assert.equal(runtimes.length, 2);
  for (const runtime of runtimes) {
    assert.deepEqual([runtime.goldens, runtime.sameTop, runtime.problems], [4, 4, []]);
    assert.ok(runtime.largestDifference < 1e-5);
  }
});
