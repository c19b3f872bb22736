import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { readGoldens } from '../../../server/inference/readGoldens.ts';
import { readModelFolder } from '../../../server/library/modelFolder.ts';
import { runGoldens } from '../../../vision/runGoldens.ts';
import { taskOf } from '../../../vision/tasks/taskOf.ts';
import { convertToTflite } from './convert.ts';
import { loadInNode } from './liteRtFixture.ts';
import { type LiteRtGraph, openLiteRtGraph } from './liteRtGraph.ts';
import { readOnnx } from './onnxReader.ts';

before(loadInNode);

test('LiteRT.js gives for the goldens of "things", which embeds several regions at once, what the server does', async () => {
  const folder = await readModelFolder('models/things');
  const { manifest, labels, graphFiles } = folder;
  const graphs = new Map<string, LiteRtGraph>();
  for (const [name, file] of Object.entries(graphFiles))
    graphs.set(name, await openLiteRtGraph(convertToTflite(readOnnx(await readFile(file))), 1));
  const { cases } = await runGoldens(readGoldens(folder), (pixels, { width, height }) =>
    taskOf(manifest.task).run({
      picture: { type: 'uint8', data: pixels, dims: [1, height, width, 3] },
      inputName: manifest.input.name,
      labels,
      runGraph: async (name, inputs) => graphs.get(name)?.run(inputs) ?? {},
    }),
  );
  assert.equal(cases.length, manifest.goldens.length);
  for (const { picture, comparison } of cases) assert.deepEqual(comparison.differences, [], picture);
});
