import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { unzipSync } from 'fflate';
import sharp from 'sharp';
import * as v from 'valibot';
import { Prediction } from '../../../protocol/messages.ts';
import { type PhotoName, photo } from '../../testing/media.ts';
import { addColourModel } from '../../testing/modelFixtures.ts';
import { ended, NO_SERVER, openCommand } from '../../testing/runCommand.ts';

/** Part of a photo, 160 pixels at most: a thing that is cut out already. */
async function cutOut(name: PhotoName, [x, y, w, h]: readonly [number, number, number, number]) {
  const whole = sharp(await photo(name)).flatten();
  const { width, height } = await whole.metadata();
  const part = whole.extract({
    left: Math.round(x * width),
    top: Math.round(y * height),
    width: Math.round(w * width),
    height: Math.round(h * height),
  });
  return part.resize(160, 120, { fit: 'fill' }).png().toBuffer();
}

const TAUGHT = [
  { name: 'Mia', photo: 'cat.png', box: [0.1, 0.1, 0.7, 0.7] },
  { name: 'cup/blue', photo: 'cup.png', box: [0.25, 0.3, 0.45, 0.5] },
] as const;
const STEPS = [0, 0.02, 0.04, 0.06, 0.08];
const UNSEEN = [
  { photo: 'cat.png', box: [0.13, 0.12, 0.66, 0.72] },
  { photo: 'cup.png', box: [0.28, 0.31, 0.42, 0.47] },
  { photo: 'astronaut.png', box: [0.3, 0.05, 0.4, 0.4] },
  { photo: 'rocket.jpg', box: [0.2, 0.2, 0.5, 0.6] },
] as const;

/**
 * A server with the model of things, folders of pictures, and commands that teach by them.
 * @param prepare adds models before the server starts
 */
async function open(t: TestContext, prepare: (modelsDir: string) => Promise<void> = async () => {}) {
  const opened = await openCommand(t);
  const { modelsDir, folder, serve, start } = opened;
  await cp('models/things', path.join(modelsDir, 'things'), { recursive: true });
  await prepare(modelsDir);
  for (const { name, photo: file, box } of TAUGHT) {
    const dir = path.join(folder, `pictures of ${name.slice(0, 3)}`);
    await mkdir(dir);
    for (const by of STEPS) {
      const [x, y, w, h] = box;
      await writeFile(path.join(dir, `${by * 100}.png`), await cutOut(file, [x + by, y + by / 2, w, h]));
    }
  }
  const server = await serve();
  const things = async (...args: readonly string[]) => ended(start(args, {}, 'things'));
  const done = async (...args: readonly string[]) => {
    const { code, out, err } = await things(...args, '--json');
    assert.equal(code, 0, err);
    return JSON.parse(out);
  };
  const predict = async (model: string, image: Uint8Array) => {
    const query = new URLSearchParams({ model, minScore: '0.01' });
    const body = new Uint8Array(image);
    const response = await fetch(`${server.url}/v1/predict?${query}`, { method: 'POST', body });
    assert.equal(response.status, 200, await response.clone().text());
    return v.parse(Prediction, await response.json()).labels;
  };
  const teach = async () => {
    for (const { name } of TAUGHT) await done('add', 'mine', name, `pictures of ${name.slice(0, 3)}`);
  };
  return { ...opened, server, things, done, predict, teach };
}

test('a collection is taught, shown, exported, imported under another name, and deleted', async (t) => {
  const { things, done, predict, folder, teach, modelsDir } = await open(t);
  await teach();
  assert.deepEqual((await done('list')).collections, [
    { id: 'mine', visibility: 'everyone', things: 2, samples: 10 },
  ]);
  assert.match((await things('list')).out, /^mine +2 +10 +everyone$/m);
  assert.match(
    (await things('show', 'mine')).out,
    /things:mine.*\n {2}Mia +5 samples\n {2}cup\/blue +5 samples/,
  );

  const { file, bytes } = await done('export', 'mine', '--as', 'collection');
  assert.equal(path.basename(file), 'mine.zip');
  assert.equal((await readFile(file)).byteLength, bytes);
  const taken = await things('export', 'mine', '--as', 'collection');
  assert.equal(taken.code, 2);
  assert.match(taken.err, /is there already.*--out/);
  const imported = await done('import', 'mine.zip', '--name', 'yours');
  assert.equal(imported.id, 'yours');
  for (const { photo: name, box } of UNSEEN) {
    const picture = await cutOut(name, box);
    assert.deepEqual(await predict('things:yours', picture), await predict('things:mine', picture), name);
  }
  await done('export', 'mine', '--as', 'pictures', '--out', 'for-training.zip');
  const pictures = Object.keys(unzipSync(await readFile(path.join(folder, 'for-training.zip'))));
  assert.deepEqual([...new Set(pictures.map((name) => name.split('/')[0]))], ['Mia', 'cup_blue']);
  assert.equal(pictures.length, 10);

  const kept = await things('delete', 'yours');
  assert.deepEqual([kept.code, /pass --yes/.test(kept.err)], [2, true]);
  assert.equal((await done('delete', 'yours', '--yes')).isRemoved, true);
  assert.equal((await things('show', 'yours')).code, 1);
  assert.deepEqual(
    (await readdir(path.join(modelsDir, '.incoming'))).filter((name) => name !== 'locks'),
    [],
  );
});

test('"models add" takes the exported model: the same names and scores as those of the collection', async (t) => {
  const { done, predict, teach, run } = await open(t);
  await teach();
  await done('export', 'mine', '--as', 'onnx');
  const added = await run('add mine-onnx.zip --yes --json');
  assert.equal(added.code, 0, added.err);
  assert.equal(JSON.parse(added.out).report.id, 'mine');
  const seen = new Set<string>();
  for (const { photo: name, box } of UNSEEN) {
    const picture = await cutOut(name, box);
    const [taught] = await predict('things:mine', picture);
    const [exported, ...others] = await predict('mine', picture);
    assert.ok(exported, name);
    seen.add(exported.label);
    // What is unknown is no label where a picture is one thing.
    assert.equal(exported.label, taught?.label ?? 'unknown', JSON.stringify([taught, exported, others]));
    if (taught)
      assert.ok(Math.abs(taught.score - exported.score) <= 1e-4, `${taught.score} ${exported.score}`);
  }
  assert.deepEqual([...seen].sort(), ['Mia', 'cup/blue', 'unknown']);
});

test('models are compared on the samples of a collection, and another one compares its things then', async (t) => {
  const { things, done, teach } = await open(t, (modelsDir) =>
    addColourModel(modelsDir, 'image-embedding', { fit: 'stretch' }),
  );
  await teach();
  assert.match((await things('embedders', 'mine')).out, /^things +in use\ncolour-means\s*$/m);
  const { code, out, err } = await things('embedders', 'mine', '--compare');
  assert.equal(code, 0, err);
  assert.match(out, /^things +\d+ % +in use$/m);
  assert.match(out, /^colour-means +\d+ % +(better|worse|no clear difference)$/m);
  assert.match(out, /^Recognised of 10 samples, each by all others\.$/m);
  assert.equal((await done('embedders', 'mine', '--use', 'colour-means')).inUse, 'colour-means');
  assert.match((await things('embedders', 'mine')).out, /^colour-means +in use\s*$/m);
  const refused = await things('embedders', 'mine', '--use', 'nothing');
  assert.deepEqual(
    [refused.code, /no model that gives embeddings/.test(refused.err)],
    [1, true],
    refused.err,
  );
});

test('what goes wrong has a reason and an exit code, and changes nothing', async (t) => {
  const { things, folder, write, modelsDir, teach } = await open(t);
  const cases: [number, RegExp, ...string[]][] = [
    [2, /things COMMAND/],
    [2, /no command "things fly"/, 'fly'],
    [2, /COLLECTION is missing/, 'show'],
    [2, /PICTURE is missing/, 'add', 'mine', 'Mia'],
    [2, /no file or folder/, 'add', 'mine', 'Mia', 'nowhere.jpg'],
    [2, /--as: expected collection, onnx, pictures, got nothing/, 'export', 'mine'],
    [2, /no --as/, 'list', '--as', 'onnx'],
    [2, /Unexpected argument "more"/, 'show', 'mine', 'more'],
    [2, /cannot be read/, 'import', 'nowhere.zip'],
    [1, /no collection "mine"/, 'export', 'mine', '--as', 'collection'],
    [1, /cannot be read/, 'import', 'labels.txt'],
    [1, /JPEG, PNG or WebP/, 'add', 'mine', 'Mia', 'labels.txt'],
    [1, /No server of Livelens/, 'list', '--server', `http://127.0.0.1:${NO_SERVER}`],
  ];
  for (const [code, why, ...args] of cases) {
    const ran = await things(...args);
    assert.equal(ran.code, code, `${args.join(' ')}: ${ran.err}`);
    assert.match(ran.err + ran.out, why, args.join(' '));
  }
  assert.deepEqual(
    (await readdir(folder)).filter((name) => /\.(zip|part)$/.test(name)),
    [],
  );
  assert.deepEqual(await readdir(path.join(modelsDir, '.things')).catch(() => []), []);

  // A picture in the middle that is none: what was taught before stays, and is counted.
  await teach();
  await write('half.png', 'no picture');
  const half = await things('add', 'mine', 'Mia', 'pictures of Mia', 'half.png');
  assert.equal(half.code, 1);
  assert.match(half.err, /half\.png: .*5 pictures before it were taught/);
});
