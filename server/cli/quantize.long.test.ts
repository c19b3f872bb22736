import assert from 'node:assert/strict';
import test from 'node:test';
import { flatClassifier } from '../import/testing/modelsForTests.ts';
import { openCommand } from '../testing/runCommand.ts';
import type { QuantizedModel } from './quantize.ts';

test('the bundled model is quantised, keeps its labels, and rolls back', async (t) => {
  const { run, leftovers } = await openCommand(t);
  const before = JSON.parse((await run('show coco-ssd --json')).out);
  const { code, out, err } = await run('quantize coco-ssd --yes --json');
  const { report, outcome }: QuantizedModel = JSON.parse(out);
  assert.match(err, /Calibrating, \d+ of \d+ runs/);
  assert.equal(report.from, before.version);
  assert.deepEqual(report.layers, { quantized: 86, of: 88 });
  assert.ok(report.bytes.int8 < report.bytes.float / 3);
  // Of the cat, the cup, the table and the astronaut; there is nothing in the rocket.
  const { agreement } = report;
  assert.ok(agreement.kind === 'labels');
  assert.ok(agreement.f1 > 0.85, `F1 ${agreement.f1}`);
  assert.ok(agreement.meanDifference < 0.06, `${agreement.meanDifference}`);
  // Which version is faster is this machine's doing.
  assert.equal(outcome, report.isFaster ? 'activated' : 'slower');
  assert.equal(code, report.isFaster ? 0 : 1);
  if (report.isFaster) {
    assert.equal((await run('verify coco-ssd')).code, 0);
    assert.match((await run('show coco-ssd')).out, /\* \S+ .*, int8 of [78] bits$/m);
    const again = await run('quantize coco-ssd --yes');
    assert.equal(again.code, 1);
    assert.match(again.err, /quantised already/);
    assert.equal((await run('rollback coco-ssd')).code, 0);
  }
  assert.equal(JSON.parse((await run('show coco-ssd --json')).out).version, before.version);
  assert.deepEqual(await leftovers(), []);
});

test('what cannot be quantised is said, and nothing changes', async (t) => {
  const { run, write } = await openCommand(t);
  const nowhere = await run('quantize coco-ssd --pictures nowhere');
  assert.equal(nowhere.code, 2);
  assert.match(nowhere.err, /--pictures: there is no folder/);
  await write('torn.jpg', 'no picture');
  const torn = await run('quantize coco-ssd --pictures .');
  assert.equal(torn.code, 1);
  assert.match(torn.err, /The sample picture "torn\.jpg" cannot be read: .*JPEG, PNG and WebP are supported/);
  const bits = await run('quantize coco-ssd --bits 4');
  assert.equal(bits.code, 2);
  assert.match(bits.err, /--bits: expected 7 or 8, got "4"/);
  const forgotten = await run('add tiny.onnx --bits 7 --yes');
  assert.equal(forgotten.code, 2);
  assert.match(forgotten.err, /--pictures and --bits .*pass --quantize as well/);
  await write('flat.onnx', flatClassifier({ weights: 'colours' }));
  const added = await run('add flat.onnx --quantize --yes --json');
  assert.equal(added.code, 1);
  const { outcome, quantized } = JSON.parse(added.out);
  assert.equal(outcome, 'activated');
  assert.match(quantized.error, /no two-dimensional convolution/);
  const unknown = await run('quantize nothing');
  assert.equal(unknown.code, 1);
  assert.match(unknown.err, /There is no model "nothing"/);
});
