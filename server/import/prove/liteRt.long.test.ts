import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { liteRtProcess } from '../run/liteRtOf.ts';
import { temporaryFolder } from '../testing/modelsForTests.ts';
import { floatBytes, makeTflite } from '../testing/tfliteForTests.ts';

test('LiteRT.js runs a file as it came, in a process of its own, each picture for itself', async (t) => {
  const file = path.join(await temporaryFolder(t), 'small.tflite');
  await writeFile(
    file,
    makeTflite(
      [{ shape: [1, 2] }, { shape: [2], bytes: floatBytes([0.5, -1]) }, { shape: [1, 2] }],
      [{ op: 'ADD', inputs: [0, 1], outputs: [2], options: {}, optionsType: 11 }],
      [2],
    ),
  );
  const inputs = [Float32Array.of(1, 2), Float32Array.of(3, 4)];
  const answers = await liteRtProcess({ file, shape: [1, 2], inputs });
  const found = answers.map((outputs) => outputs.map((values) => Array.from(values)));
  assert.deepEqual(found, [[[1.5, 1]], [[3.5, 3]]]);
});

test('a file that LiteRT.js cannot read ends its process, and nothing else', async (t) => {
  const file = path.join(await temporaryFolder(t), 'broken.tflite');
  await writeFile(file, Buffer.from('\x1c\0\0\0TFL3 and nothing of it'));
  await assert.rejects(liteRtProcess({ file, shape: [1, 2], inputs: [] }));
});
