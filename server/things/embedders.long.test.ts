import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import * as v from 'valibot';
import { Prediction } from '../../protocol/messages.ts';
import { CollectionEmbedders } from '../../protocol/things.ts';
import { addColourModel, copyShipped } from '../testing/modelFixtures.ts';
import { helloStream } from '../testing/streamClient.ts';
import { ADMIN_TOKEN, AS_ADMIN, ONE_WORKER, testServer } from '../testing/testServer.ts';

const COLOURS = 'colour-means';

async function modelsFolder(t: TestContext) {
  const modelsDir = await mkdtemp(path.join(tmpdir(), 'livelens-embedders-'));
  t.after(() => rm(modelsDir, { recursive: true, force: true }));
  for (const id of ['coco-ssd', 'things']) await copyShipped(path.join(modelsDir, id), `models/${id}`);
  await addColourModel(modelsDir, 'image-embedding', { fit: 'stretch' });
  return modelsDir;
}

const withModels = (modelsDir: string) => ({ ...ONE_WORKER, modelsDir, adminToken: ADMIN_TOKEN });

/** 0..1, the same each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const SIDE = 12;

/**
 * Squares of random colours, others in each picture, whose mean is always the same; the tint alone tells what it is. A network that looks
 * at shapes sees the pattern, one that takes the mean of colours sees nothing else than the tint.
 */
async function patternOf(tint: number, seed: number, sidePx = 144): Promise<Uint8Array<ArrayBuffer>> {
  const random = numbers(seed);
  const channels = [tint, 0, -tint].map((more) => {
    const values = Array.from({ length: SIDE ** 2 }, (_, at) => more + 58 + 140 * (at / (SIDE ** 2 - 1)));
    for (let at = values.length - 1; at > 0; at--) {
      const other = Math.floor(random() * (at + 1));
      const [a = 0, b = 0] = [values[at], values[other]];
      values[at] = b;
      values[other] = a;
    }
    return values;
  });
  const pixels = Uint8Array.from({ length: SIDE ** 2 * 3 }, (_, at) =>
    Math.round(channels[at % 3]?.[Math.floor(at / 3)] ?? 0),
  );
  return new Uint8Array(
    await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
      .resize(sidePx, sidePx, { kernel: 'nearest' })
      .png()
      .toBuffer(),
  );
}

const TINTS = { warm: 4, cool: -4 };
const SAMPLES = 12;

function client(url: string) {
  const ask = async (method: 'GET' | 'POST', route: string, body?: unknown) => {
    const response = await fetch(`${url}/v1/things/mine/${route}`, {
      method,
      headers: { ...AS_ADMIN, 'Content-Type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, json: await response.json() };
  };
  const status = async () => v.parse(CollectionEmbedders, (await ask('GET', 'embedders')).json);
  return {
    ask,
    status,
    async until(isSo: (status: CollectionEmbedders) => boolean): Promise<CollectionEmbedders> {
      for (;;) {
        const now = await status();
        if (isSo(now)) return now;
        assert.equal(now.problem, undefined);
        await sleep(50);
      }
    },
    async teach(name: string, picture: Uint8Array<ArrayBuffer>) {
      const route = `${url}/v1/things/mine/samples?name=${name}`;
      const answer = await fetch(route, { method: 'POST', headers: AS_ADMIN, body: picture });
      assert.equal(answer.status, 201, await answer.text());
    },
    predict: (picture: Uint8Array<ArrayBuffer>) =>
      fetch(`${url}/v1/predict?model=things:mine&minScore=0.1`, { method: 'POST', body: picture }),
  };
}

async function shareRight({ predict }: Pick<ReturnType<typeof client>, 'predict'>): Promise<number> {
  let right = 0;
  let all = 0;
  for (const [name, tint] of Object.entries(TINTS)) {
    for (let seed = 900; seed < 908; seed++) {
      const answer = await predict(await patternOf(tint, seed + tint));
      const { labels } = v.parse(Prediction, await answer.json());
      if (labels[0]?.label === name) right += 1;
      all += 1;
    }
  }
  return right / all;
}

test('a model that was added and is better on a person’s samples is said to be, and embeds them once it is chosen', {
  timeout: 300_000,
}, async (t) => {
  const modelsDir = await modelsFolder(t);
  const server = await testServer(t, withModels(modelsDir));
  const here = client(server.url);
  const { ask, status, until, teach } = here;
  await teach('warm', await patternOf(TINTS.warm, 1));
  assert.deepEqual(await status(), {
    inUse: 'things',
    embedders: [
      { model: 'things', name: 'My things', serves: true },
      { model: COLOURS, name: 'Colours', serves: true },
    ],
  });
  assert.equal((await ask('POST', 'embedders/compare')).status, 202);
  for (;;) {
    const { problemSentence } = await status();
    if (problemSentence) {
      assert.equal(problemSentence.code, 'too_few_to_compare');
      break;
    }
    await sleep(20);
  }
  for (let seed = 2; seed <= SAMPLES; seed++) await teach('warm', await patternOf(TINTS.warm, seed));
  for (let seed = 1; seed <= SAMPLES; seed++) await teach('cool', await patternOf(TINTS.cool, 100 + seed));

  // Who waits for it and goes away ends it.
  const left = new AbortController();
  const route = `${server.url}/v1/things/mine/embedders/compare`;
  const waiting = fetch(`${route}?wait=1`, { method: 'POST', headers: AS_ADMIN, signal: left.signal });
  await until(({ comparing }) => comparing !== undefined);
  left.abort(new Error('gone'));
  await assert.rejects(waiting, /gone/);
  const { samples: none } = await until(({ comparing }) => comparing === undefined);
  assert.equal(none, undefined, 'nothing was found out');
  await ask('POST', 'embedders/compare');
  await fetch(route, { method: 'DELETE', headers: AS_ADMIN });
  assert.equal((await status()).comparing, undefined);

  await ask('POST', 'embedders/compare');
  const compared = await until(({ samples }) => samples !== undefined);
  assert.equal(compared.samples, 2 * SAMPLES);
  const [shipped, colours] = compared.embedders;
  assert.deepEqual([colours?.recognised, colours?.verdict], [1, 'better'], JSON.stringify(compared));
  assert.ok(shipped?.recognised !== undefined && shipped.recognised < 0.85, JSON.stringify(compared));
  assert.equal(shipped.verdict, undefined, 'it is the one in use');
  const before = await shareRight(here);

  for (const model of ['coco-ssd', 'nothing']) {
    const refused = await ask('POST', 'embedder', { model });
    assert.equal(refused.status, 409, JSON.stringify(refused.json));
  }
  const stream = await helloStream(server.url, { model: 'things:mine' });
  assert.equal((await ask('POST', 'embedder', { model: COLOURS })).status, 202);
  const moved = await until(({ inUse, moving }) => inUse === COLOURS && moving === undefined);
  assert.equal(moved.samples, undefined, 'what was compared was about the one before');
  assert.equal(await shareRight(here), 1, `${before} before`);

  // A frame, of which parts are cut out: the middle is the thing.
  const frame = await sharp(await patternOf(TINTS.cool, 950, 216))
    .extend({ top: 72, bottom: 72, left: 132, right: 132, background: { r: 90, g: 90, b: 90 } })
    .jpeg()
    .toBuffer();
  const seen = await stream.recognize(frame);
  assert.ok(
    seen.type === 'labels' && seen.labels.some(({ label }) => label === 'cool'),
    JSON.stringify(seen),
  );
  await stream.close();
  await teach('cool', await patternOf(TINTS.cool, 300));
  assert.equal(await shareRight(here), 1);

  const exported = await fetch(`${server.url}/v1/things/mine/export?as=onnx`, { headers: AS_ADMIN });
  assert.equal(exported.status, 200);
  assert.ok((await exported.arrayBuffer()).byteLength > 1_000);

  await server.close();
  const again = await testServer(t, withModels(modelsDir));
  const later = client(again.url);
  assert.equal((await later.status()).inUse, COLOURS);
  assert.equal(await shareRight(later), 1);

  await rm(path.join(modelsDir, COLOURS), { recursive: true });
  await later.until(({ embedders }) => embedders.some(({ model, serves }) => model === COLOURS && !serves));
  const gone = await later.predict(await patternOf(TINTS.warm, 1));
  assert.equal(gone.status, 404);
  assert.match(await gone.text(), /"embedder_gone"/);
  await later.ask('POST', 'embedder', { model: 'things' });
  await later.until(({ inUse, moving }) => inUse === 'things' && moving === undefined);
  assert.equal((await later.predict(await patternOf(TINTS.warm, 1))).status, 200);
});
