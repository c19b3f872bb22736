import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { frameOf, photo } from '../../server/testing/media.ts';
import { copyShipped } from '../../server/testing/modelFixtures.ts';
import { helloStream } from '../../server/testing/streamClient.ts';
import { startBuiltServer } from '../builtServer.ts';

const TOKEN = 'a token of sixteen or more';
const ROUNDS = 10;
const SAMPLES = 5;

/**
 * Times from sending the last of five pictures of a thing to the first labels after it that name it, ms: of frames of 480x480 that
 * follow one another without a pause.
 */
export async function firstNameTimes(): Promise<number[]> {
  const modelsDir = await mkdtemp(path.join(tmpdir(), 'livelens-things-'));
  for (const id of ['coco-ssd', 'things']) await copyShipped(path.join(modelsDir, id), `models/${id}`);
  const server = await startBuiltServer({ MODELS_DIR: modelsDir, ADMIN_TOKEN: TOKEN });
  const times: number[] = [];
  try {
    const teach = async (collection: string, name: string, file: 'cat.png' | 'cup.png') => {
      const url = `${server.url}/v1/things/${collection}/samples?name=${name}`;
      const headers = { Authorization: `Bearer ${TOKEN}` };
      const answer = await fetch(url, { method: 'POST', headers, body: await photo(file) });
      if (!answer.ok) throw new Error(await answer.text());
    };
    const frame = await frameOf('cup.png', { width: 480, height: 480 });
    for (let round = 0; round < ROUNDS; round++) {
      const collection = `round-${round}`;
      for (let sample = 0; sample < SAMPLES; sample++) await teach(collection, 'cat', 'cat.png');
      const stream = await helloStream(server.url, { model: `things:${collection}` });
      for (let sample = 1; sample < SAMPLES; sample++) await teach(collection, 'cup', 'cup.png');
      const startedAt = performance.now();
      // Its answer comes once it is learned: only what is recognised from then on is with the last sample.
      await teach(collection, 'cup', 'cup.png');
      for (let isNamed = false; !isNamed; ) {
        const answer = await stream.recognize(frame);
        isNamed = answer.type === 'labels' && answer.labels.some(({ label }) => label === 'cup');
      }
      times.push(performance.now() - startedAt);
      await stream.close();
    }
  } finally {
    await server.close();
    await rm(modelsDir, { recursive: true, force: true });
  }
  return times;
}
