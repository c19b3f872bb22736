import assert from 'node:assert/strict';
import { openAsBlob } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import sharp from 'sharp';
import { createHttpClient } from '../../client/http/httpClient.ts';
import { packFolder } from '../cli/pack.ts';
import { temporaryFolder } from '../import/testing/modelsForTests.ts';
import { SIDE, smallTowers, writeTowers } from '../import/testing/words/smallTowers.ts';
import { modelsDirectory } from '../testing/modelFixtures.ts';
import { ADMIN_TOKEN, ONE_WORKER, testServer } from '../testing/testServer.ts';

test('words are chosen through HTTP: live in one request, rolled back; who may not is refused', async (t) => {
  const server = await testServer(t, {
    modelsDir: await modelsDirectory(t),
    adminToken: ADMIN_TOKEN,
    ...ONE_WORKER,
  });
  const http = createHttpClient({ url: server.url, token: () => ADMIN_TOKEN });
  const settled = http.imports.settled;
  const folder = await temporaryFolder(t);
  const dir = await writeTowers(path.join(folder, 'towers'), smallTowers('clip'));
  const zip = await openAsBlob(await packFolder(dir, path.join(folder, 'towers.zip')));
  const asking = await settled(await http.imports.upload(zip, { name: 'towers.zip' }));
  assert.equal(asking.report?.labelCount, 11, asking.error?.message);
  const { report: first } = await settled(await http.imports.accept(asking.id, { as: 'towers' }));

  const said: string[] = [];
  const live = await settled(await http.imports.words('towers', ['red', 'green', 'blue']), {
    onChange: ({ sentence }) => sentence && said.push(sentence.code),
  });
  assert.equal(live.phase, 'live', live.error?.message);
  const red = await sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: '#dc1e28' } })
    .png()
    .toBuffer();
  const { labels } = await http.predict(new Blob([new Uint8Array(red)]), { model: 'towers' });
  assert.equal(labels[0]?.label, 'red');
  const { models } = await http.models();
  assert.equal(models.find(({ id }) => id === 'towers')?.version, live.report?.version);

  const failed = await settled(await http.imports.words('towers', ['red', 'x'.repeat(100)]));
  assert.equal(failed.phase, 'failed');
  assert.equal(failed.error?.sentence?.code, 'words_too_long');
  assert.equal((await http.rollBack('towers')).version, first?.version);
  await assert.rejects(http.imports.words('coco-ssd', ['red', 'green']), { code: 'conflict' });
  await assert.rejects(http.imports.words('nothing', ['red', 'green']), { code: 'unknown_model' });
  const stranger = createHttpClient({ url: server.url });
  await assert.rejects(stranger.imports.words('towers', ['red', 'green']), { code: 'forbidden_admin' });
});
