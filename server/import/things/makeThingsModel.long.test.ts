import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import test, { before } from 'node:test';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import type { Box } from '../../../vision/geometry.ts';
import { type Head, learnHead, likelihoods, namedBy, recognise } from '../../../vision/things/head.ts';
import { encodeHead } from '../../../vision/things/headBytes.ts';
import type { TaughtThing } from '../../../vision/things/taught.ts';
import { packFolder } from '../../cli/pack.ts';
import { cutSample } from '../../inference/cutSample.ts';
import { type OpenModel, openModel } from '../../inference/model.ts';
import { graphFilesIn, modelRef, readModelFolder } from '../../library/modelFolder.ts';
import { readStagedVersion } from '../../library/stagedVersion.ts';
import { type PhotoName, photo } from '../../testing/media.ts';
import { runImport, runThingsModel } from '../run/process.ts';
import { receiveFiles } from '../sources/files.ts';
import { temporaryFolder } from '../testing/modelsForTests.ts';

const SIDE = { width: 160, height: 160 };

/** Names that label files would read as something else. */
const TAUGHT: readonly { name: string; photo: PhotoName; box: Box; isNothing?: boolean }[] = [
  { name: '1 cat', photo: 'cat.png', box: [0.1, 0.1, 0.7, 0.8] },
  { name: '杯子, blue\n"cup"', photo: 'cup.png', box: [0.28, 0.3, 0.4, 0.5] },
  { name: 'unknown', photo: 'astronaut.png', box: [0.3, 0.05, 0.4, 0.4] },
  { name: 'none', photo: 'rocket.jpg', box: [0.1, 0.1, 0.6, 0.6], isNothing: true },
];
const LABELS = ['1 cat', '杯子, blue "cup"', 'unknown 2', 'unknown'];

interface Pictures {
  readonly thing: TaughtThing;
  readonly samples: readonly { jpeg: Uint8Array; box: Box }[];
}

let things: OpenModel;
let taught: readonly Pictures[];
let head: Head;
/** Of pictures that were no samples: uint8 RGB, [160, 160, 3]. */
let unseen: readonly Uint8Array[];

before(async () => {
  things = await openModel(await readModelFolder(path.resolve('models/things')), 1);
  taught = await Promise.all(TAUGHT.map(teach));
  head = learnHead(taught.map(({ thing }) => thing));
  const shifted = TAUGHT.map(async ({ photo: name, box }) => (await viewsOf(name, moved(box, 0.07))).pixels);
  unseen = (await Promise.all(shifted)).flat();
});

const moved = ([x, y, width, height]: Box, by: number): Box => [x + by, y + by / 2, width * (1 - by), height];

async function viewsOf(name: PhotoName, box: Box) {
  const image = await photo(name);
  const format = name.endsWith('.png') ? 'png' : 'jpeg';
  const cut = await cutSample(image, format, { box, isCut: false, maxPixels: 50e6 });
  const pixels = await Promise.all(cut.views.map((view) => sharp(view).removeAlpha().raw().toBuffer()));
  return { jpeg: cut.jpeg, box: cut.box, pixels };
}

async function embed(pixels: Uint8Array): Promise<Float32Array> {
  const answer = await things.run(pixels, SIDE);
  assert.ok(answer.task === 'thing-embedding');
  return answer.regions[0]?.embedding ?? assert.fail();
}

async function teach(
  { name, photo: file, box, isNothing = false }: (typeof TAUGHT)[number],
  at: number,
): Promise<Pictures> {
  const cuts = await Promise.all([0, 0.02, 0.05, -0.03, 0.1].map((by) => viewsOf(file, moved(box, by))));
  const samples = [];
  for (const [number, { pixels }] of cuts.entries()) {
    const views = [];
    for (const view of pixels) views.push(await embed(view));
    samples.push({ id: `${at}-${number}`, takenAtMs: number, views });
  }
  return { thing: { id: String(at), name, isNothing, samples }, samples: cuts };
}

/** As an export makes it, in a process of its own. */
async function exported(t: { after(done: () => Promise<void>): void }) {
  const dir = path.join(await temporaryFolder(t), 'model');
  await mkdir(dir);
  const samples = taught.flatMap(({ thing, samples: all }) =>
    all.slice(0, 1).map(({ jpeg, box }) => ({ name: thing.name, picture: jpeg, box })),
  );
  const licenseFile = path.resolve('models/things/LICENSE');
  const model = modelRef(await readModelFolder(path.resolve('models/things')));
  const made = await runThingsModel({
    model,
    head: encodeHead(head),
    name: 'Mugs & cats',
    samples,
    licenseFile,
    dir,
  });
  return { dir, made };
}

const largestGap = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  assert.equal(a.length, b.length);
  return Math.max(...Array.from(a, (value, at) => Math.abs(value - (b[at] ?? Number.NaN))));
};

test('the scores of the exported graph are those of the head, in a plain runtime, for one picture and for several', async (t) => {
  const { dir, made } = await exported(t);
  assert.deepEqual(made.labels, LABELS);
  assert.ok(made.goldens === 4 && made.largestDifference <= 1e-4);
  const session = await ort.InferenceSession.create(path.join(dir, made.graph));
  assert.deepEqual([session.inputNames, session.outputNames], [['image'], ['scores']]);
  const run = async (pictures: readonly Uint8Array[]) => {
    const image = new ort.Tensor('uint8', Buffer.concat(pictures), [pictures.length, 160, 160, 3]);
    return (await session.run({ image })).scores?.data as Float32Array;
  };
  const all = await run(unseen);
  const names = new Set<string>();
  for (const [at, pixels] of unseen.entries()) {
    const embedding = await embed(pixels);
    const scores = await run([pixels]);
    assert.ok(largestGap(scores, likelihoods(head, embedding)) <= 1e-4, `picture ${at}`);
    assert.ok(largestGap(scores, all.subarray(at * LABELS.length, (at + 1) * LABELS.length)) <= 1e-5);
    assert.ok(Math.abs(scores.reduce((sum, score) => sum + score, 0) - 1) < 1e-5);
    const { thing } = recognise(head, embedding);
    const best = scores.indexOf(Math.max(...scores));
    assert.equal(best, thing ? namedBy(head).findIndex(({ id }) => id === thing.id) : LABELS.length - 1);
    names.add(LABELS[best] ?? '');
  }
  // That is no proof where all are called the same.
  assert.ok(names.size >= 3, [...names].join());
});

test('it is a model folder, which a server takes as it is, and whose goldens hold', async (t) => {
  const { dir } = await exported(t);
  const { manifest } = await readStagedVersion(dir);
  assert.equal(manifest.task, 'image-classification');
  assert.equal((await readFile(path.join(dir, 'labels.txt'), 'utf8')).split('\n').length, LABELS.length + 1);
  assert.equal(Object.keys(graphFilesIn(dir, manifest)).join(), 'main');
});

test('"models add" takes its folder and a zip of it, with the same names and scores', async (t) => {
  const { dir } = await exported(t);
  const zipFile = await packFolder(dir, path.join(await temporaryFolder(t), 'mugs-onnx.zip'));
  for (const given of [dir, zipFile]) {
    const work = await temporaryFolder(t);
    const [received, stagingDir] = [path.join(work, 'received'), path.join(work, 'staged')];
    for (const one of [received, stagingDir]) await mkdir(one);
    const signal = new AbortController().signal;
    const source = await receiveFiles(given, { dir: received, maxBytes: 1e9, signal });
    const { report, manifest } = await runImport(source, {}, { stagingDir });
    assert.equal(report.name, 'Mugs & cats');
    assert.equal(report.task, 'image-classification');
    assert.deepEqual(report.firstLabels, LABELS);
    assert.deepEqual(report.warnings, []);
    assert.equal(report.goldens.count, 4);
    const model = await openModel(
      { manifest, labels: LABELS, graphFiles: graphFilesIn(stagingDir, manifest) },
      1,
    );
    for (const pixels of unseen) {
      const answer = await model.run(pixels);
      assert.ok(answer.task === 'image-classification');
      assert.ok(largestGap(answer.scores, likelihoods(head, await embed(pixels))) <= 1e-4);
    }
    await model.release();
  }
});
