import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import type { Box } from '../../vision/geometry.ts';
import { learnHead, recognise } from '../../vision/things/head.ts';
import { EMBEDDING_SIZE } from '../../vision/things/taught.ts';
import { type BenchLine, result } from '../result.ts';
import { median } from '../stats.ts';
import { firstNameTimes } from '../things/firstName.ts';
import { learnStall } from '../things/learnStall.ts';
import { type Embed, openEmbedder } from '../things/openEmbedder.ts';
import { photoTrial } from '../things/photoTrial.ts';
import { seeded } from '../things/seeded.ts';
import { nameAll, SAMPLES, type Trial, thingOf, type Views } from '../things/trial.ts';

/** A folder with boxes.json, `{ "king-01.jpg": [x, y, width, height] }` in 0..1 of each picture, and the pictures; twelve of each rank. */
const CARDS_VARIABLE = 'LIVELENS_CARDS';

/**
 * What is named of things after five samples each, and what of things that were not taught is called unknown: things cut out of the photos
 * of the tests, and playing cards where there is a folder of them. Also the time of a look.
 */
export const measure: BenchLine = async () => {
  const embed = await openEmbedder();
  const photos = nameAll([await photoTrial(embed)]);
  const cards = nameAll(await cardTrials(embed));
  const { learnMs, stallMs } = await learnStall();
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
    result(
      'things: from the last sample to the first right name, p50',
      median(await firstNameTimes()),
      'ms',
      {
        atMost: 300,
      },
    ),
    ...headTimes(),
    result('things: 10,000 samples, learned after a change', learnMs, 'ms'),
    result('things: of that, the longest in which the sockets wait', stallMs, 'ms', { atMost: 100 }),
  ];
};

/** All choices of four ranks of six: the first five pictures of each are taught. */
async function cardTrials(embed: Embed): Promise<Trial[]> {
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

/** Of fifty things with a hundred samples each: what a look costs more, and learning. */
function headTimes() {
  const random = seeded(1);
  const embedding = () => Float32Array.from({ length: EMBEDDING_SIZE }, () => random());
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
  const bytes = 5_000 * EMBEDDING_SIZE * 4 + head.directions.weights.byteLength;
  return [
    result('things: 50 of 100 samples, learning', learnMs, 'ms'),
    result('things: 50 of 100 samples, a region more', lookMs, 'ms', { atMost: 2 / 8 }),
    result('things: 50 of 100 samples in memory', bytes / 1e6, 'MB', { atMost: 20 }),
  ];
}
