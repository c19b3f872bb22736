import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import sharp from 'sharp';
import * as v from 'valibot';
import { Prediction } from '../../protocol/messages.ts';
import { CollectionDetails, CollectionInfo, CollectionList, SampleAdded } from '../../protocol/things.ts';
import { frameOf, type PhotoName, photo } from '../testing/media.ts';
import { copyShipped } from '../testing/modelFixtures.ts';
import { recordLog } from '../testing/recordedLog.ts';
import { helloStream } from '../testing/streamClient.ts';
import { ADMIN_TOKEN, AS_ADMIN, ONE_WORKER, testServer } from '../testing/testServer.ts';

async function modelsFolder(t: TestContext) {
  const modelsDir = await mkdtemp(path.join(tmpdir(), 'livelens-taught-'));
  t.after(() => rm(modelsDir, { recursive: true, force: true }));
  for (const id of ['coco-ssd', 'things']) await copyShipped(path.join(modelsDir, id), `models/${id}`);
  return modelsDir;
}

const withModels = (modelsDir: string) => ({ ...ONE_WORKER, modelsDir, adminToken: ADMIN_TOKEN });

/** Pictures of a thing as a person takes them: nearer and farther, more to one side, darker. */
async function shotsOf(name: PhotoName): Promise<Uint8Array<ArrayBuffer>[]> {
  const whole = sharp(await photo(name)).flatten();
  const { width, height } = await whole.metadata();
  const shots = [
    [0, 0, 1, 1],
    [0.05, 0.05, 0.9, 0.9],
    [0, 0.1, 0.9, 0.9],
    [0.1, 0, 0.9, 0.9],
    [0.02, 0.02, 0.94, 0.98],
  ].map(([x = 0, y = 0, w = 1, h = 1], at) =>
    whole
      .clone()
      .extract({
        left: Math.round(x * width),
        top: Math.round(y * height),
        width: Math.floor(w * width * 0.999),
        height: Math.floor(h * height * 0.999),
      })
      .modulate({ brightness: 1 - at * 0.06 })
      .jpeg()
      .toBuffer(),
  );
  return (await Promise.all(shots)).map((shot) => new Uint8Array(shot));
}

function client(url: string) {
  const ask = async (method: string, route: string, init: RequestInit = {}) => {
    const response = await fetch(`${url}/v1/things${route}`, { method, headers: AS_ADMIN, ...init });
    const text = response.headers.get('content-type') === 'image/jpeg' ? '' : await response.text();
    return { status: response.status, response, json: text.startsWith('{') ? JSON.parse(text) : undefined };
  };
  return {
    ask,
    async teach(collection: string, name: string, body: BodyInit, query = '') {
      const answer = await ask('POST', `/${collection}/samples?name=${name}${query}`, { body });
      assert.equal(answer.status, 201, JSON.stringify(answer.json));
      return v.parse(SampleAdded, answer.json);
    },
    async predict(collection: string, image: Uint8Array<ArrayBuffer>, query = '') {
      const response = await fetch(`${url}/v1/predict?model=things:${collection}${query}`, {
        method: 'POST',
        body: image,
      });
      assert.equal(response.status, 200, await response.clone().text());
      return v.parse(Prediction, await response.json());
    },
    details: async (collection: string) =>
      v.parse(CollectionDetails, (await ask('GET', `/${collection}`)).json),
  };
}

const namesIn = ({ labels }: Prediction) => labels.map(({ label }) => label);

test('five pictures of each thing by HTTP: predict and the stream name them, and a restart forgets nothing', async (t) => {
  const modelsDir = await modelsFolder(t);
  const log = recordLog();
  const server = await testServer(t, withModels(modelsDir), log.log);
  const { teach, predict, details } = client(server.url);
  const stream = await helloStream(server.url, {});
  t.after(() => stream.close());

  for (const shot of await shotsOf('cat.png')) await teach('mine', 'Mia', shot);
  // A session that has the collection already learns of what is taught from its next frame on.
  stream.send({ type: 'configure', model: 'things:mine' });
  const chosen = await stream.next('model');
  assert.deepEqual([chosen.model.id, chosen.model.labels], ['things:mine', ['Mia']]);
  const cup = await frameOf('cup.png', { width: 480, height: 480 });
  const before = await stream.recognize(cup);
  assert.ok(before.type === 'labels' && before.labels.every(({ label }) => label !== 'favourite cup'));
  let added: SampleAdded | undefined;
  for (const shot of await shotsOf('cup.png')) added = await teach('mine', 'favourite%20cup', shot);
  assert.ok(added?.samples === 5 && added.variety > 0 && added.variety < 0.5, JSON.stringify(added));
  const after = await stream.recognize(cup);
  assert.ok(after.type === 'labels' && after.model.startsWith('things:mine@'));
  assert.ok(
    after.labels.some(({ label }) => label === 'favourite cup'),
    JSON.stringify(after.labels),
  );

  assert.ok(namesIn(await predict('mine', await photo('cat.png'))).includes('Mia'));
  assert.ok(namesIn(await predict('mine', await photo('cup.png'))).includes('favourite cup'));
  const astronaut = namesIn(await predict('mine', await photo('astronaut.png'), '&minScore=0.1'));
  assert.deepEqual([...new Set(astronaut)], ['unknown']);

  const shown = await details('mine');
  assert.deepEqual(
    shown.things.map(({ name, samples }) => [name, samples.length]),
    [
      ['Mia', 5],
      ['favourite cup', 5],
    ],
  );
  const sample = shown.things[0]?.samples[0]?.id;
  const picture = await fetch(`${server.url}/v1/things/mine/samples/${sample}`);
  const { format, width, height } = await sharp(await picture.arrayBuffer()).metadata();
  assert.deepEqual([format, width, height], ['jpeg', 450, 299], 'what is small stays as it is');

  await stream.close();
  await server.close();
  const again = await testServer(t, withModels(modelsDir));
  const later = client(again.url);
  assert.deepEqual((await later.details('mine')).things, shown.things);
  assert.ok(namesIn(await later.predict('mine', await photo('cup.png'))).includes('favourite cup'));

  assert.equal(log.all('taught things changed').length, 10);
  for (const line of log.lines) assert.doesNotMatch(JSON.stringify(line), /Mia|favourite|mine/);
});

test('two collections do not mix; one that only its link opens is in no list', async (t) => {
  const server = await testServer(t, withModels(await modelsFolder(t)));
  const { teach, predict, ask } = client(server.url);
  const made = v.parse(CollectionInfo, (await ask('POST', '?visibility=link&name=ours')).json);
  const cats = await shotsOf('cat.png');
  for (const shot of cats) await teach('theirs', 'cat', shot);
  for (const shot of cats) await teach(made.id, 'Mia', shot);
  const cat = await photo('cat.png');
  const [theirs, ours] = [namesIn(await predict('theirs', cat)), namesIn(await predict(made.id, cat))];
  assert.ok(theirs.includes('cat') && !theirs.includes('Mia'), String(theirs));
  assert.ok(ours.includes('Mia') && !ours.includes('cat'), String(ours));
  const list = v.parse(CollectionList, (await ask('GET', '')).json);
  assert.deepEqual(
    list.collections.map(({ id }) => id),
    ['theirs'],
  );
  const models = await (await fetch(`${server.url}/v1/models`)).text();
  assert.ok(!models.includes(made.id));
  assert.equal((await ask('GET', '/ours')).status, 404);
  assert.equal((await ask('GET', `/${made.id}`, { headers: {} })).json.mayChange, false);

  // A session whose collection is removed goes on with the default model.
  const stream = await helloStream(server.url, { model: `things:${made.id}`, also: ['things:theirs'] });
  t.after(() => stream.close());
  assert.deepEqual(
    stream.welcome.also.map(({ id }) => id),
    ['things:theirs'],
  );
  const next = stream.next('model');
  assert.equal((await ask('DELETE', `/${made.id}`)).status, 204);
  assert.equal((await next).model.id, 'coco-ssd');
  const gone = await fetch(`${server.url}/v1/predict?model=things:${made.id}`, { method: 'POST', body: cat });
  assert.equal((await gone.json()).error.code, 'unknown_model');
});

test('a change of mind: undo, rename, merge, move and remove', async (t) => {
  const server = await testServer(t, withModels(await modelsFolder(t)));
  const { teach, ask, details } = client(server.url);
  const [first, second] = await shotsOf('cat.png');
  assert.ok(first && second);
  const cat = await teach('mine', 'cat', first);
  const cup = await teach('mine', 'cup', second);
  const named = async () =>
    Object.fromEntries((await details('mine')).things.map(({ name, samples }) => [name, samples.length]));
  const json = (value: unknown) => ({ body: JSON.stringify(value) });
  await ask('POST', `/mine/samples/${cup.sample}/move`, json({ name: 'cat' }));
  assert.deepEqual(await named(), { cat: 2 });
  await ask('POST', '/mine/undo');
  assert.deepEqual(await named(), { cat: 1, cup: 1 });
  assert.equal((await ask('POST', '/mine/undo')).json.error.sentence.code, 'nothing_to_undo');
  await ask('PATCH', `/mine/things/${cup.thing.id}`, json({ name: 'mug' }));
  assert.deepEqual(await named(), { cat: 1, mug: 1 });
  await ask('PATCH', `/mine/things/${cup.thing.id}`, json({ name: 'Cat' }));
  assert.deepEqual(await named(), { cat: 2 });
  await ask('DELETE', `/mine/samples/${cup.sample}`);
  assert.deepEqual(await named(), { cat: 1 });
  const { json: last } = await ask('DELETE', `/mine/things/${cat.thing.id}`);
  assert.deepEqual([last.things, last.canUndo], [[], true]);
  const since = await ask('POST', '/mine/undo?revision=0123456789abcdef');
  assert.equal(since.json.error.sentence.code, 'changed_since');
  await ask('POST', `/mine/undo?revision=${last.revision}`);
  assert.deepEqual(await named(), { cat: 1 });

  const head = await ask('GET', '/mine/head');
  const tag = head.response.headers.get('etag') ?? '';
  assert.equal((await ask('GET', '/mine/head', { headers: { 'If-None-Match': tag } })).status, 304);
  await teach('mine', 'pen', second);
  assert.equal((await ask('GET', '/mine/head', { headers: { 'If-None-Match': tag } })).status, 200);
});

test('what is refused changes nothing: no right, no name, no picture, a box elsewhere', async (t) => {
  const modelsDir = await modelsFolder(t);
  const server = await testServer(t, withModels(modelsDir));
  const { ask, teach, details } = client(server.url);
  const cat = await photo('cat.png');
  const refused = async (query: string, init: RequestInit = {}) =>
    (await ask('POST', `/mine/samples?${query}`, { body: cat, ...init })).json.error.code;
  assert.equal(await refused('name=cat', { headers: {} }), 'forbidden_admin');
  assert.equal(await refused(''), 'bad_request');
  assert.equal(await refused('nothing=yes'), 'bad_request');
  for (const box of ['', '0,0,1', '0,0,0,0', '2,2,1,1', 'a,b,c,d', '0,0,1,1,1']) {
    assert.equal(await refused(`name=cat&box=${box}`), 'bad_request', box);
  }
  assert.equal(await refused('name=cat', { body: 'no picture' }), 'undecodable');
  assert.equal(await refused('name=cat', { body: cat.subarray(0, 5_000) }), 'undecodable');
  assert.deepEqual(await readdir(path.join(modelsDir, '.things')).catch(() => []), []);
  const form = new FormData();
  form.set('image', new Blob([cat]));
  await teach('mine', 'cat', form, '&box=0.25,0.25,0.5,0.5');
  assert.equal(await refused('name=cat', { body: 'no picture' }), 'undecodable');
  assert.deepEqual(
    (await details('mine')).things.map(({ samples }) => samples.length),
    [1],
  );
});

test('a picture is cut as it is seen: upright, around the box, with what is around it', async (t) => {
  const server = await testServer(t, withModels(await modelsFolder(t)));
  const { teach } = client(server.url);
  // Red in the upper left quarter of what is seen; stored lying on its side.
  const red = await sharp({ create: { width: 300, height: 200, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const seen = sharp({ create: { width: 600, height: 400, channels: 3, background: 'blue' } }).composite([
    { input: red, left: 0, top: 0 },
  ]);
  const lying = await sharp(await seen.png().toBuffer())
    .rotate(90)
    .withMetadata({ orientation: 8 })
    .jpeg()
    .toBuffer();
  const { sample } = await teach('mine', 'red', new Uint8Array(lying), '&box=0,0,0.5,0.5');
  const picture = await fetch(`${server.url}/v1/things/mine/samples/${sample}`);
  const { data, info } = await sharp(await picture.arrayBuffer())
    .raw()
    .toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height], [330, 220]);
  const pixel = (x: number, y: number) => [
    ...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3),
  ];
  assert.ok(
    (pixel(150, 100)[0] ?? 0) > 200 && (pixel(320, 210)[2] ?? 0) > 200,
    `${pixel(150, 100)} ${pixel(320, 210)}`,
  );
});

test('what another version of the model embedded is embedded again before it names anything', async (t) => {
  const modelsDir = await modelsFolder(t);
  const server = await testServer(t, withModels(modelsDir));
  for (const shot of await shotsOf('cup.png')) await client(server.url).teach('mine', 'favourite', shot);
  await server.close();
  const dir = path.join(modelsDir, '.things', 'mine');
  const index = path.join(dir, 'collection.json');
  const json = await readFile(index, 'utf8');
  await writeFile(index, json.replaceAll(/"version":"[^"]+"/g, '"version":"another"'));
  const vectors = (await readdir(path.join(dir, 'samples'))).filter((name) => name.endsWith('.f16'));
  for (const name of vectors)
    await writeFile(path.join(dir, 'samples', name), Buffer.alloc(5 * 2 * 576, 0x3c));
  const again = await testServer(t, withModels(modelsDir));
  assert.ok(namesIn(await client(again.url).predict('mine', await photo('cup.png'))).includes('favourite'));
  const healed = (text: string) => JSON.parse(text).things;
  assert.deepEqual(healed(await readFile(index, 'utf8')), healed(json));
});
