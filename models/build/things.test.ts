import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import * as ort from 'onnxruntime-node';
import { GraphParts } from '../../server/import/onnx/cutGraph.ts';
import { decodeModel, encodeModel, withFields } from '../../server/import/onnx/onnxBytes.ts';
import { portProto } from '../../server/import/onnx/onnxModel.ts';
import { openModel } from '../../server/inference/model.ts';
import { readGoldens } from '../../server/inference/readGoldens.ts';
import { readModelFolder } from '../../server/library/modelFolder.ts';
import { runGoldens } from '../../vision/runGoldens.ts';
import { squared } from '../../vision/things/cutThing.ts';
import { EMBEDDING_SIZE } from '../../vision/things/taught.ts';
import { THING_SIDE_PX } from '../../vision/things/thingSide.ts';
import { photoFile, readRgb } from './goldens.ts';
import { buildEmbedder, CUT_AT, MAP_SIDE } from './thingGraphs.ts';

const detector = await readFile('models/coco-ssd/model.onnx');
const embedder = await readFile('models/things/embedder.onnx');

test('the graphs are those of the detector that ships, whole and cut, byte for byte', async () => {
  assert.ok((await readFile('models/things/detector.onnx')).equals(detector));
  assert.ok(embedder.equals(buildEmbedder(detector)));
});

test('an embedding is the channels of the cut network, averaged in 3x3 cells that overlap', async () => {
  const model = decodeModel(detector);
  const part = new GraphParts(model.graph ?? {}).cut(model, [CUT_AT]);
  // Its input says 300 pixels; the network takes any.
  const input = [portProto({ name: 'image', dtype: 'uint8', shape: ['N', THING_SIDE_PX, THING_SIDE_PX, 3] })];
  const cut = await ort.InferenceSession.create(
    encodeModel(withFields(part, { graph: withFields(part.graph ?? {}, { input }) })),
  );
  const session = await ort.InferenceSession.create(embedder);
  const photos = await Promise.all(
    ['cat.png', 'cup.png', 'astronaut.png'].map(async (photo) => {
      const { data, widthPx: width, heightPx: height } = await readRgb(await readFile(photoFile(photo)));
      return squared({ data, width, height }, THING_SIDE_PX).data;
    }),
  );
  const dims = [photos.length, THING_SIDE_PX, THING_SIDE_PX, 3];
  const image = new ort.Tensor('uint8', Buffer.concat(photos), dims);
  const map = (await cut.run({ image }))[CUT_AT];
  const { embedding } = await session.run({ image });
  assert.ok(map && embedding);
  assert.deepEqual(map.dims, [photos.length, 64, MAP_SIDE, MAP_SIDE]);
  assert.deepEqual(embedding.dims, [photos.length, EMBEDDING_SIZE]);
  const at = (picture: number, channel: number, y: number, x: number) =>
    Number(map.data[((picture * 64 + channel) * MAP_SIDE + y) * MAP_SIDE + x]);
  // Rows and columns of the map that each third covers.
  const thirds = [
    [0, 1, 2, 3],
    [3, 4, 5, 6],
    [6, 7, 8, 9],
  ];
  let index = 0;
  for (const picture of photos.keys()) {
    for (const rows of thirds) {
      for (const columns of thirds) {
        for (let channel = 0; channel < 64; channel++) {
          const points = rows.flatMap((y) => columns.map((x) => at(picture, channel, y, x)));
          const mean = points.reduce((sum, value) => sum + value, 0) / points.length;
          const found = Number(embedding.data[index++]);
          assert.ok(Math.abs(found - mean) < 1e-4, `${found}, not ${mean}`);
        }
      }
    }
  }
  assert.equal(index, embedding.data.length);
});

test('the model gives what its goldens record', async (t) => {
  const folder = await readModelFolder('models/things');
  const model = await openModel(folder, 1);
  t.after(() => model.release());
  const { cases } = await runGoldens(readGoldens(folder), model.run);
  assert.equal(cases.length, 3);
  for (const { picture, comparison } of cases) assert.deepEqual(comparison.differences, [], picture);
});
