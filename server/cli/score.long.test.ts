import assert from 'node:assert/strict';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import sharp from 'sharp';
import type { ScoreReport } from '../../protocol/score.ts';
import { flatClassifier } from '../import/testing/modelsForTests.ts';
import { openCommand } from '../testing/runCommand.ts';

const PHOTOS = path.resolve('models/coco-ssd/goldens');

test('a detector is scored on COCO JSON, also while a server runs, and the score is kept with the version', async (t) => {
  const { run, folder, serve, leftovers } = await openCommand(t);
  const pictures = path.join(folder, 'set', 'images');
  await mkdir(pictures, { recursive: true });
  for (const name of ['cat', 'cup', 'rocket']) {
    await copyFile(path.join(PHOTOS, `${name}.png`), path.join(pictures, `${name}.png`));
  }
  await writeFile(path.join(pictures, 'torn.jpg'), 'no picture');
  const names = ['cat.png', 'cup.png', 'rocket.png', 'torn.jpg'];
  const truth = {
    images: names.map((file_name, id) => ({ id, file_name, width: 300, height: 300 })),
    categories: ['cat', 'cup', 'unicorn'].map((name, id) => ({ id, name })),
    annotations: [
      { image_id: 0, category_id: 0, bbox: [0, 0, 300, 300] },
      // There is none: it cannot be found.
      { image_id: 2, category_id: 1, bbox: [0, 0, 20, 20] },
    ],
  };
  await writeFile(path.join(folder, 'set', 'instances.json'), JSON.stringify(truth));

  const server = await serve();
  const { code, out, err } = await run('score coco-ssd set --json');
  assert.equal(code, 0, err);
  const report: ScoreReport = JSON.parse(out);
  const [version] = report.versions;
  assert.ok(version?.score.kind === 'boxes');
  assert.equal(version.score.pictures, 3);
  assert.equal(version.score.things, 2);
  assert.deepEqual(
    report.skipped.map(({ picture }) => picture),
    ['torn.jpg'],
  );
  assert.deepEqual(
    version.classes.map(({ label, score }) => [label, score > 0.1]),
    [
      ['cat', true],
      ['cup', false],
    ],
  );
  // The cup on the table is there, and no one boxed it.
  assert.deepEqual(
    version.worst.map(({ picture, missed, wrong }) => [picture, missed, wrong.map(({ label }) => label)]),
    [
      ['cup.png', [], ['cup']],
      ['rocket.png', ['cup'], []],
    ],
  );
  const list = await (await fetch(`${server.url}/v1/models`)).json();
  assert.deepEqual(list.models[0].versions[0].score.ap, version.score.ap);

  const table = await run('score coco-ssd set --worst 1');
  assert.match(table.out, /AP at an overlap of 0\.50 +0\.\d{3}/);
  assert.match(table.out, /Worst pictures:\n {2}cup\.png +wrong cup 0\.\d\d\n/);
  assert.match(table.out, /does not have were left out: unicorn/);
  assert.match(table.out, /1 picture skipped:\n {2}torn\.jpg: It is no JPEG, PNG or WebP picture/);
  assert.match((await run('show coco-ssd')).out, /score +AP 0\.\d+, AP50 0\.\d+ on 3 pictures of set, 20/);
  assert.deepEqual(await leftovers(), []);
});

test('two versions of a classifier side by side, on a folder for each class', async (t) => {
  const { run, folder, write } = await openCommand(t);
  await write('labels.txt', 'red\ngreen\nblue\n');
  for (const [name, background] of Object.entries({ red: '#e00', green: '#0e0', blue: '#00e' })) {
    await mkdir(path.join(folder, 'colours', name), { recursive: true });
    const picture = sharp({ create: { width: 8, height: 8, channels: 3, background } });
    await picture.png().toFile(path.join(folder, 'colours', name, 'one.png'));
  }
  const versions: string[] = [];
  for (const weights of ['none', 'colours'] as const) {
    await write('flat.onnx', flatClassifier({ weights }));
    const added = JSON.parse((await run('add flat.onnx --id flat --labels labels.txt --yes --json')).out);
    versions.push(added.report.version);
  }
  const [none = '', colours = ''] = versions;
  const both = await run(`score flat@${none.slice(0, 8)} colours --version ${colours} --json`);
  assert.equal(both.code, 0, both.err);
  const report: ScoreReport = JSON.parse(both.out);
  assert.deepEqual(
    report.versions.map(({ version, score }) => [version, score.kind === 'names' && score.top1]),
    [
      [none, 1 / 3],
      [colours, 1],
    ],
  );
  const { out } = await run(`score flat colours --version ${none} --version ${colours}`);
  assert.match(out, new RegExp(`${none} +${colours}\n`));
  assert.match(out, /top-1 +33\.3 % +100\.0 %/);
  assert.match(out, /Worst pictures of .*:\n {2}green\/one\.png +green, called red 0\.67/);
  assert.match(out, new RegExp(`No picture of ${colours} with a fault`));
  const shown = (await run('show flat')).out;
  assert.match(shown, /score +top-1 100\.0 % on 3 pictures of colours/);
  assert.match(shown, new RegExp(`${none} .*; top-1 33\\.3 %`));

  const refused = async (args: string, code: number, why: RegExp) => {
    const result = await run(args);
    assert.equal(result.code, code, args);
    assert.match(result.err, why);
  };
  await refused('score flat', 2, /FOLDER is missing/);
  await refused(
    'score flat colours --version beef',
    1,
    /No version of "flat" begins with "beef"\. Versions: /,
  );
  await refused('score flat nowhere', 1, /There is no folder .*nowhere/);
  await refused('score flat colours --worst all', 2, /--worst: expected a number/);
  await refused('score coco-ssd colours/red', 1, /Nothing says what is in the pictures/);
  await rm(path.join(folder, 'colours', 'red'), { recursive: true });
  await refused('score flat .', 1, /No folder is called as a label|no folders with/);
});
