import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import pino from 'pino';
import type { ServerMessageOf } from '../../protocol/messages.ts';
import type { LivelensServer } from '../server.ts';
import { frameOf } from '../testing/media.ts';
import { modelsDirectory, publish, renamed, slowGraph } from '../testing/modelFixtures.ts';
import { helloStream } from '../testing/streamClient.ts';
import { testServer } from '../testing/testServer.ts';

/** A log whose lines are events, by their message. */
function eventLog() {
  const lines = new EventEmitter();
  const log = pino({ level: 'debug', base: null }, { write: (line: string) => emit(JSON.parse(line)) });
  const emit = (line: { msg: string }) => lines.emit(line.msg, line);
  const next = async (message: string): Promise<Record<string, unknown>> => (await once(lines, message))[0];
  return { log, lines, next };
}

const cup = await frameOf('cup.png');

/** A camera that always has a frame on its way, until it is stopped; it notes what became of each. */
async function startCamera(server: LivelensServer) {
  const stream = await helloStream(server.url);
  const answers = new Map<number, number>();
  let isOn = true;
  const send = () => {
    if (isOn) stream.sendFrame({ image: cup });
  };
  stream.socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString('utf8'));
    if (message.type !== 'labels' && message.type !== 'dropped') return;
    answers.set(message.seq, (answers.get(message.seq) ?? 0) + 1);
    send();
  });
  for (let i = 0; i < 2; i++) send();
  return {
    stream,
    /** Waits for the answers that are owed, and says how often each frame was answered. */
    async stop(): Promise<number[]> {
      isOn = false;
      stream.sendFrame({ image: cup });
      // Another frame's answer comes after those of all that were sent before it.
      const last = Math.max(...answers.keys()) + 2;
      while (!answers.has(last)) await once(stream.socket, 'message');
      await stream.close();
      return [...answers.values()];
    },
  };
}

const labelsOf = (messages: readonly { type: string }[]) =>
  messages.filter((message): message is ServerMessageOf<'labels'> => message.type === 'labels');

test('a changed folder goes live between two frames, under load, and a broken one never', async (t) => {
  const modelsDir = await modelsDirectory(t);
  const folder = path.join(modelsDir, 'coco-ssd');
  const { log, next } = eventLog();
  // Other tests run at the same time and disturb its times.
  const models = { maxMemoryBytes: Number.POSITIVE_INFINITY, maxSlowdown: 8 };
  const server = await testServer(t, { modelsDir, models }, log);
  const cameras = await Promise.all([1, 2, 3, 4].map(() => startCamera(server)));
  const [first] = cameras;
  assert.ok(first);

  await t.test('every session is notified, and every frame is answered once', async () => {
    const switched = cameras.map(({ stream }) => stream.next('model'));
    await publish(folder, await renamed('cup', 'mug'));
    const messages = await Promise.all(switched);
    const versions = new Set(messages.map(({ model }) => model.version));
    assert.equal(versions.size, 1);
    assert.ok(messages.every(({ model }) => model.labels.includes('mug') && !model.labels.includes('cup')));
    for (const { stream } of cameras) {
      let labels = await stream.next('labels');
      while (!labels.model.endsWith(messages[0]?.model.version ?? '')) labels = await stream.next('labels');
      while (labels.labels.length === 0) labels = await stream.next('labels');
      assert.ok(labels.labels.some(({ label }) => label === 'mug'));
      // Of the version before, not one after the first of the new one.
      const all = labelsOf(stream.messages).map(({ model }) => model);
      assert.equal(all.lastIndexOf(all[0] ?? '') + 1, all.indexOf(labels.model));
    }
    const response = await fetch(`${server.url}/v1/predict`, { method: 'POST', body: new Uint8Array(cup) });
    assert.equal((await response.json()).model, labelsOf(first.stream.messages).at(-1)?.model);
  });

  await t.test('one whose goldens do not agree is refused', async () => {
    const refused = next('model version refused');
    await publish(folder, { 'labels.txt': (await renamed('cup', 'beaker'))['labels.txt'] ?? '' });
    const { why } = await refused;
    assert.match(
      String(why),
      /^It does not answer as where it was trained: 1 of 4 recorded pictures differs, the worst is cup\.png: mug 0\.\d\d recorded, none here\.$/,
    );
    const { models } = await (await fetch(`${server.url}/v1/models`)).json();
    assert.equal(models[0].problem, String(why));
    // For readers of other languages.
    assert.equal(models[0].problemSentence.code, 'goldens_disagree');
    assert.equal(models[0].problemSentence.values.worst.code, 'worst_gone');
    assert.match(
      models[0].problemDetails.join('\n'),
      /^cup\.png: no "mug" of score .*\ncup\.png: unexpected "beaker"/,
    );
  });

  await t.test('one that is much slower is refused', async () => {
    const refused = next('model version refused');
    await publish(folder, { ...(await renamed('cup', 'mug')), 'model.onnx': await slowGraph() });
    const { why } = await refused;
    assert.match(
      String(why),
      /takes .* ms a picture where the version that serves takes .*; at most 8 times/,
    );
    const { models } = await (await fetch(`${server.url}/v1/models`)).json();
    assert.equal(models[0].problemSentence.code, 'trial_slower');
  });

  await t.test(
    'one whose graph is not what its manifest says, as half a file is not, is refused',
    async () => {
      const refused = next('model version refused');
      await writeFile(path.join(folder, 'model.onnx'), 'half a file');
      const { why } = await refused;
      assert.match(String(why), /SHA-256/);
    },
  );

  await t.test('the version before goes on through all of it', async () => {
    for (const { stream, stop } of cameras) {
      const before = labelsOf(stream.messages).at(-1)?.model;
      const answered = await stop();
      assert.deepEqual([...new Set(answered)], [1]);
      const models = new Set(labelsOf(stream.messages).map(({ model }) => model));
      assert.deepEqual([models.size, labelsOf(stream.messages).at(-1)?.model], [2, before]);
    }
  });
});

test('a new model is there without a restart, and a version that ends its worker is left alone', async (t) => {
  const modelsDir = await modelsDirectory(t);
  const other = path.join(modelsDir, 'other');
  const { log, lines, next } = eventLog();
  const models = { maxMemoryBytes: Number.POSITIVE_INFINITY, maxSlowdown: 1_000 };
  const server = await testServer(t, { modelsDir, models }, log);
  const stream = await helloStream(server.url);

  const live = next('model is live');
  await publishCopy(modelsDir, 'other');
  await live;
  stream.send({ type: 'configure', model: 'other' });
  assert.equal((await stream.next('model')).model.id, 'other');
  assert.match(JSON.stringify(await stream.recognize(cup)), /"model":"other@/);

  const refused = next('model version refused');
  lines.on('worker loads a model', ({ pid, model }) => {
    if (model === 'other') process.kill(pid, 'SIGKILL');
  });
  await publish(other, await renamed('cup', 'mug'));
  const { why } = await refused;
  lines.removeAllListeners('worker loads a model');
  assert.match(String(why), /The worker ended while it loaded this model: signal SIGKILL/);
  // A thing is shown when it was seen twice.
  await stream.recognize(cup);
  assert.match(JSON.stringify(await stream.recognize(cup)), /"label":"cup"/);

  const switched = stream.next('model');
  await rm(other, { recursive: true });
  assert.equal((await switched).model.id, 'coco-ssd');
  await stream.close();
});

async function publishCopy(modelsDir: string, id: string): Promise<void> {
  const { cp } = await import('node:fs/promises');
  const staged = path.join(modelsDir, `.${id}`);
  await cp(path.join(modelsDir, 'coco-ssd'), staged, { recursive: true });
  await publish(staged, {}, (manifest) => ({ ...manifest, id }));
  const { rename } = await import('node:fs/promises');
  await rename(staged, path.join(modelsDir, id));
}
