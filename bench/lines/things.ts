import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { openModel } from '../../server/inference/model.ts';
import { readModelFolder } from '../../server/library/modelFolder.ts';
import type { Box } from '../../vision/geometry.ts';
import { cropped, type Pixels } from '../../vision/pixels.ts';
import { squared } from '../../vision/things/cutThing.ts';
import { learnHead, recognise } from '../../vision/things/head.ts';
import { sampleViews } from '../../vision/things/sampleViews.ts';
import type { TaughtThing } from '../../vision/things/taught.ts';
import { THING_SIDE_PX } from '../../vision/things/thingSide.ts';
import { tilePx } from '../../vision/tiles/tilePx.ts';
import { type BenchLine, result } from '../result.ts';
import { calibrationError, type Named } from '../things/calibrationError.ts';
import { KNOWN_THINGS, THING_BOX, UNKNOWN_THINGS, viewOf } from '../things/photoThings.ts';
import { seeded } from '../things/seeded.ts';

/** A folder with boxes.json, `{ "king-01.jpg": [x, y, width, height] }` in 0..1 of each picture, and the pictures; twelve of each rank. */
const CARDS_VARIABLE = 'LIVELENS_CARDS';

const SAMPLES = 5;
const UNSEEN_VIEWS = 25;

/** Embeddings of the views of one picture, the plain one first. */
type Views = readonly Float32Array[];

/** What is taught, and what it is tried on. */
interface Trial {
  readonly taught: Readonly<Record<string, readonly Views[]>>;
  readonly known: Readonly<Record<string, readonly Views[]>>;
  readonly unknown: readonly Views[];
}

/**
 * What is named of things after five samples each, and what of things that were not taught is called unknown: things cut out of the photos
 * of the tests, and playing cards where there is a folder of them. Also the time of a look.
 */
export const measure: BenchLine = async () => {
  const folder = await readModelFolder(path.resolve('models/things'));
  const model = await openModel(folder, 1);
  const embed = async (picture: Pixels, box: Box): Promise<Views> => {
    const views: Float32Array[] = [];
    for (const view of sampleViews(box)) {
      const { data, ...size } = squared(cropped(picture, tilePx(view, picture)), THING_SIDE_PX);
      const answer = await model.run(new Uint8Array(data), size);
      if (answer.task !== 'thing-embedding') throw new Error('The model does not embed things.');
      const embedding = answer.regions.at(-1)?.embedding;
      if (embedding) views.push(embedding);
    }
    return views;
  };
  const photos = nameAll([await photoTrial(embed)]);
  const cards = nameAll(await cardTrials(embed));
  return [
    result('things: six of photos, unseen views named right', photos.right, '', { atLeast: 0.95 }),
    result('things: six others called unknown', photos.unknown, '', { atLeast: 0.85 }),
    ...(cards.trials === 0
      ? [result(`things: set ${CARDS_VARIABLE} to a folder of playing cards`, Number.NaN, '')]
      : [
          result(`things: four ranks of cards named right, ${cards.trials} choices`, cards.nearest, ''),
          result('things: of them shown, as known', cards.right, ''),
          result('things: error of their scores', cards.error, '', { atMost: 0.1 }),
          result('things: two other ranks called unknown', cards.unknown, ''),
        ]),
    ...headTimes(),
  ];
};

async function photoTrial(embed: (picture: Pixels, box: Box) => Promise<Views>): Promise<Trial> {
  const random = seeded(7);
  const views = async (part: (typeof KNOWN_THINGS)[string], count: number) => {
    const all: Views[] = [];
    for (let at = 0; at < count; at++) all.push(await embed(await viewOf(part, random), THING_BOX));
    return all;
  };
  const taught: Record<string, Views[]> = {};
  const known: Record<string, Views[]> = {};
  for (const [name, part] of Object.entries(KNOWN_THINGS)) {
    taught[name] = await views(part, SAMPLES);
    known[name] = await views(part, UNSEEN_VIEWS);
  }
  const unknown: Views[] = [];
  for (const part of Object.values(UNKNOWN_THINGS)) unknown.push(...(await views(part, UNSEEN_VIEWS)));
  return { taught, known, unknown };
}

/** All choices of four ranks of six: the first five pictures of each are taught. */
async function cardTrials(embed: (picture: Pixels, box: Box) => Promise<Views>): Promise<Trial[]> {
  const dir = process.env[CARDS_VARIABLE];
  if (dir === undefined) return [];
  const boxes: Record<string, Box> = JSON.parse(await readFile(path.join(dir, 'boxes.json'), 'utf8'));
  const byRank = new Map<string, Views[]>();
  for (const name of (await readdir(dir)).filter((file) => file in boxes).sort()) {
    const box = boxes[name];
    if (box === undefined) continue;
    const { data, info } = await sharp(path.join(dir, name))
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const rank = name.split('-')[0] ?? '';
    const picture = { data: new Uint8Array(data), width: info.width, height: info.height };
    byRank.set(rank, [...(byRank.get(rank) ?? []), await embed(picture, box)]);
  }
  const ranks = [...byRank.keys()];
  const pairs = ranks.flatMap((one, i) => ranks.slice(i + 1).map((other) => [one, other]));
  return pairs.map((left) => {
    const chosen = ranks.filter((rank) => !left.includes(rank));
    const of = (names: readonly string[], from: number, to?: number) =>
      Object.fromEntries(names.map((name) => [name, (byRank.get(name) ?? []).slice(from, to)]));
    return {
      taught: of(chosen, 0, SAMPLES),
      known: of(chosen, SAMPLES),
      unknown: Object.values(of(left, 0)).flat(),
    };
  });
}

/** Shares of right answers over all trials. */
function nameAll(trials: readonly Trial[]) {
  const shown: Named[] = [];
  let known = 0;
  let right = 0;
  let nearest = 0;
  let others = 0;
  let unknown = 0;
  for (const trial of trials) {
    const things = Object.entries(trial.taught).map(([name, samples]) => thingOf(name, samples));
    const head = learnHead(things);
    for (const [name, pictures] of Object.entries(trial.known)) {
      for (const [plain] of pictures) {
        if (plain === undefined) continue;
        const { thing, score, nearest: best } = recognise(head, plain);
        known += 1;
        if (thing?.name === name) right += 1;
        if (best?.name === name) nearest += 1;
        if (thing) shown.push({ score, isRight: thing.name === name });
      }
    }
    for (const [plain] of trial.unknown) {
      if (plain === undefined) continue;
      others += 1;
      if (recognise(head, plain).thing === undefined) unknown += 1;
    }
  }
  return {
    trials: trials.length,
    right: right / known,
    nearest: nearest / known,
    unknown: unknown / others,
    error: calibrationError(shown),
  };
}

const thingOf = (name: string, samples: readonly Views[]): TaughtThing => ({
  id: name,
  name,
  isNothing: false,
  samples: samples.map((views, at) => ({ id: `${name}-${at}`, takenAtMs: at, views })),
});

/** Of fifty things with a hundred samples each: what a look costs more, and learning. */
function headTimes() {
  const random = seeded(1);
  const embedding = () => Float32Array.from({ length: 576 }, () => random());
  const things = Array.from({ length: 50 }, (_, i) => {
    const middle = embedding();
    const samples = Array.from({ length: 100 }, () => [middle.map((value) => value + 0.3 * random())]);
    return thingOf(`${i}`, samples);
  });
  const before = performance.now();
  const head = learnHead(things);
  const learnMs = performance.now() - before;
  const looks = Array.from({ length: 200 }, embedding);
  for (const look of looks) recognise(head, look);
  const startedAt = performance.now();
  for (const look of looks) recognise(head, look);
  const lookMs = (performance.now() - startedAt) / looks.length;
  const bytes = 5_000 * 576 * 4 + head.directions.weights.byteLength;
  return [
    result('things: 50 of 100 samples, learning', learnMs, 'ms'),
    result('things: 50 of 100 samples, a region more', lookMs, 'ms', { atMost: 2 / 8 }),
    result('things: 50 of 100 samples in memory', bytes / 1e6, 'MB', { atMost: 20 }),
  ];
}
