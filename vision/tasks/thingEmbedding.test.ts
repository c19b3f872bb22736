import assert from 'node:assert/strict';
import test from 'node:test';
import * as v from 'valibot';
import type { Box } from '../geometry.ts';
import { compareWithGolden, recordGolden } from '../golden.ts';
import { EMBEDDING_SIZE } from '../things/taught.ts';
import type { Outputs, Tensor } from './task.ts';
import { Golden, givesLabels, taskOf } from './taskOf.ts';
import { type ThingAnswer, type ThingRegion, thingEmbedding } from './thingEmbedding.ts';

const BOX: Box = [0.1, 0.2, 0.3, 0.4];
const vector = (seed: number) =>
  Float32Array.from({ length: EMBEDDING_SIZE }, (_, at) => Math.sin(at * seed));
const region = (of: Partial<ThingRegion> = {}): ThingRegion => ({
  box: BOX,
  source: 'detected',
  score: 0.8,
  embedding: vector(1),
  ...of,
});
const WHOLE: ThingRegion = { box: [0, 0, 1, 1], source: 'whole', score: 1, embedding: vector(2) };
const answer = (...regions: ThingRegion[]): ThingAnswer => ({
  task: 'thing-embedding',
  regions: [...regions, WHOLE],
});

/** Runs the task with graphs that detect one box, and give the number of each part as its vector. */
async function run(width: number, height: number, size = EMBEDDING_SIZE) {
  const asked: [string, readonly number[]][] = [];
  const runGraph = async (graph: string, { image }: Readonly<Record<string, Tensor>>): Promise<Outputs> => {
    const dims = image?.dims ?? [];
    asked.push([graph, dims]);
    const [count = 0] = dims;
    const data = Float32Array.from({ length: count * size }, (_, at) => Math.floor(at / size));
    return graph === 'embedder'
      ? { embedding: { type: 'float32', data, dims: [count, size] } }
      : {
          boxes: { type: 'float32', data: Float32Array.of(...BOX), dims: [1, 4] },
          scores: { type: 'float32', data: Float32Array.of(0.75), dims: [1] },
          classes: { type: 'int32', data: Int32Array.of(79), dims: [1] },
        };
  };
  const picture: Tensor = {
    type: 'uint8',
    data: new Uint8Array(width * height * 3),
    dims: [1, height, width, 3],
  };
  const { regions } = await thingEmbedding.run({ picture, inputName: 'image', labels: [], runGraph });
  return { asked, regions };
}

test('all parts of a picture are embedded at once, and each gets its own vector', async () => {
  const { asked, regions } = await run(480, 360);
  assert.deepEqual(asked, [
    ['detector', [1, 300, 300, 3]],
    ['embedder', [3, 160, 160, 3]],
  ]);
  assert.deepEqual(
    regions.map(({ source, score, embedding }) => [source, score, embedding[0], embedding.length]),
    [
      ['detected', 0.75, 0, 576],
      ['middle', 1, 1, 576],
      ['whole', 1, 2, 576],
    ],
  );
});

test('nothing is looked for in a thing that was cut out', async () => {
  const { asked, regions } = await run(160, 120);
  assert.deepEqual(asked, [['embedder', [1, 160, 160, 3]]]);
  assert.deepEqual(
    regions.map(({ source }) => source),
    ['whole'],
  );
});

test('a graph whose vectors have another size is refused in words', async () => {
  await assert.rejects(run(480, 360, 100), /"embedding" of the graph: 576 numbers expected, got 100/);
});

test('labels are those of regions with a name, best first; a prediction has the vector of the whole', () => {
  const seen = answer(region(), region({ label: 'pen', score: 0.6 }), region({ label: 'mug', score: 0.9 }));
  assert.deepEqual(thingEmbedding.labelsOf(seen), [
    { label: 'mug', score: 0.9, box: BOX },
    { label: 'pen', score: 0.6, box: BOX },
  ]);
  assert.deepEqual(thingEmbedding.inPrediction?.(seen), { embedding: Array.from(WHOLE.embedding) });
  assert.equal(givesLabels('thing-embedding'), false, 'it is offered to nobody before it is taught');
});

test('regions are brought to the part of the picture that the model saw, and all are kept', () => {
  const fitted = { part: [0.5, 0, 0.5, 1], inputRect: [0, 0, 1, 1] } as const;
  const { regions } = thingEmbedding.toPicture(answer(region()), { labels: [], fitted, maxLabels: 1 });
  assert.deepEqual(
    regions.map(({ box }) => box.map((side) => Number(side.toFixed(6)))),
    [
      [0.55, 0.2, 0.15, 0.4],
      [0.5, 0, 0.5, 1],
    ],
  );
  assert.ok(v.is(taskOf('thing-embedding').inPicture, { task: 'thing-embedding', regions }));
});

test('a golden agrees with what it records, and with no other regions or vectors', () => {
  const recorded = answer(region());
  const text = JSON.stringify(recordGolden(recorded, { recordedBy: 'a test', minScore: 0.3 }));
  const golden = v.parse(Golden, JSON.parse(text));
  const differences = (found: ThingAnswer) => compareWithGolden(golden, found).differences;
  assert.deepEqual(differences(recorded), []);
  assert.deepEqual(
    differences(answer(region({ score: 0.81 }), region({ score: 0.31 }))),
    [],
    'near the limit',
  );
  const turned = (by: number) => vector(1).map((value, at) => value + by * (vector(7)[at] ?? 0));
  assert.deepEqual(differences(answer(region({ embedding: turned(0.1) }))), [], 'an edge a pixel elsewhere');
  assert.match(
    String(differences(answer(region({ embedding: turned(0.5) })))),
    /^embedding of the detected region turned away: cosine 0\.8/,
  );
  assert.match(
    String(differences(answer(region({ box: [0.2, 0.2, 0.3, 0.4] })))),
    /no detected region of score 0\.80/,
  );
  assert.match(String(differences(answer(region({ score: 0.5 })))), /no detected region of score 0\.80/);
  assert.match(
    String(differences(answer(region(), region({ score: 0.6 })))),
    /unexpected detected region of score 0\.60/,
  );
  assert.match(String(differences(answer())), /no detected region/);
  const whole = { ...recorded, regions: [region(), { ...WHOLE, embedding: vector(3) }] };
  assert.match(String(differences(whole)), /embedding of the whole region turned away/);
  const worst = taskOf('thing-embedding').worstDifference?.(golden, whole, []);
  assert.match(JSON.stringify(worst), /"worst_things","values":{"cosine":"-?0\.00"}/);
});
