import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeFor } from '../server/import/pictures/samplePictures.ts';
import { openModel } from '../server/inference/model.ts';
import { readModelFolder } from '../server/library/modelFolder.ts';
import { parseScores } from '../server/library/scores.ts';
import { frameOf } from '../server/testing/media.ts';
import { median } from './stats.ts';

/**
 * How fast and how good models are, side by side: processor time of a picture from its pixels to what is found, on one thread,
 * in turns, and the average precision that `models score` noted for their live versions.
 *
 *     npx tsx bench/modelSpeed.ts MODEL_FOLDER ...
 */
const ROUNDS = 5;
const RUNS = 10;
const PICTURES = ['cat.png', 'cup.png', 'astronaut.png'] as const;

const models = [];
for (const dir of process.argv.slice(2)) {
  const folder = await readModelFolder(path.resolve(dir));
  const model = await openModel(folder, 1);
  const pictures = [];
  for (const name of PICTURES) pictures.push(await decodeFor(await frameOf(name), folder.manifest.input));
  const scores = await readFile(path.join(dir, 'scores.json'), 'utf8').then(parseScores, () => ({}));
  const score = Object.entries(scores).find(([version]) => version === folder.version)?.[1];
  models.push({ folder, model, pictures, score, runsMs: [] as number[], cpuMs: [] as number[] });
}
// The first round takes memory, and is not counted.
for (let round = 0; round <= ROUNDS; round++) {
  for (const { model, pictures, runsMs, cpuMs } of models) {
    for (let run = 0; run < RUNS; run++) {
      for (const { pixels, size } of pictures) {
        const [startedAt, usedBefore] = [performance.now(), process.cpuUsage()];
        await model.run(pixels, size);
        const { user, system } = process.cpuUsage(usedBefore);
        if (round === 0) continue;
        runsMs.push(performance.now() - startedAt);
        cpuMs.push((user + system) / 1_000);
      }
    }
  }
}
console.log(
  '| model | input | processor time of a picture | labels/s of a processor | by the clock | AP 0.50:0.95, AP 0.50 |',
);
console.log('| --- | --- | --- | --- | --- | --- |');
for (const { folder, model, pictures, score, runsMs, cpuMs } of models) {
  const { width = 0, height = 0 } = pictures[0]?.size ?? {};
  const [cpu, clock] = [median(cpuMs), median(runsMs)].map((ms) => ms ?? Number.NaN) as [number, number];
  const ap = score?.kind === 'boxes' ? `${score.ap.toFixed(3)}, ${score.ap50.toFixed(3)}` : '';
  const cells = [folder.manifest.id, `${width}x${height}`, `${cpu.toFixed(1)} ms`, (1_000 / cpu).toFixed(1)];
  console.log(`| ${[...cells, `${clock.toFixed(1)} ms`, ap].join(' | ')} |`);
  await model.release();
}
