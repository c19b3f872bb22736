import assert from 'node:assert/strict';
import test from 'node:test';
import sharp from 'sharp';
import type { FrameView } from '../../protocol/frame.ts';
import { type Box, WHOLE } from '../../vision/geometry.ts';
import { planTiles } from '../../vision/tiles/planTiles.ts';
import { tilePx } from '../../vision/tiles/tilePx.ts';
import { frameOf } from '../testing/media.ts';
import { foundOnWall, photoWall, WALL, WALL_PHOTOS } from '../testing/photoWall.ts';
import { helloStream } from '../testing/streamClient.ts';
import { ONE_WORKER, testServer } from '../testing/testServer.ts';

const INPUT = { width: 300, height: 300 };

async function streamOf(url: string) {
  const client = await helloStream(url);
  return {
    ...client,
    see: (image: Uint8Array, shows: FrameView['shows'], part = WHOLE) =>
      client.recognize(image, 'jpeg', { shows, part, inputRect: WHOLE }),
  };
}

/** A part of the wall as the page sends it. */
async function partOf(wall: Uint8Array, part: Box): Promise<Uint8Array> {
  return sharp(wall)
    .extract(tilePx(part, WALL))
    .resize(INPUT.width, INPUT.height, { fit: 'fill' })
    .jpeg({ quality: 70 })
    .toBuffer();
}

test('S11: parts of a still scene find what its whole does not show, each thing once, until the scene changes', async (t) => {
  const server = await testServer(t, { ...ONE_WORKER, limits: { maxAgeMs: 60_000 } });
  const client = await streamOf(server.url);
  assert.equal(client.welcome.parts, true);
  const wall = await photoWall();
  const whole = await partOf(wall, WHOLE);
  for (const shows of ['new scene', 'same scene'] as const) {
    const first = await client.see(whole, shows);
    assert.ok(first.type === 'labels');
    assert.ok(foundOnWall(first.labels) < WALL_PHOTOS.length, 'one look finds them all');
  }
  for (const { part, isMirrored } of planTiles(WALL, INPUT)) {
    if (isMirrored) continue;
    const answer = await client.see(await partOf(wall, part), 'part', part);
    assert.equal(answer.type, 'labels');
  }
  const last = await client.see(whole, 'same scene');
  assert.ok(last.type === 'labels');
  assert.equal(foundOnWall(last.labels), WALL_PHOTOS.length, JSON.stringify(last.labels));
  assert.equal(last.labels.length, WALL_PHOTOS.length, JSON.stringify(last.labels));

  const cup = await frameOf('cup.png');
  const names = new Set<string>();
  // What is gone leaves within a second of the client's clock.
  for (let frame = 0; frame < 40; frame += 1) {
    const seq = client.sendFrame({ image: cup, capturedAtMs: 1e7 + frame * 100 });
    const answer = await client.next('labels');
    assert.equal(answer.seq, seq);
    names.clear();
    for (const { label } of answer.labels) names.add(label);
  }
  assert.ok(names.has('cup') && !names.has('cat') && !names.has('person'), [...names].join());
  await client.close();
});

test('S11: a part that belongs to no whole is dropped, and the session goes on', async (t) => {
  const server = await testServer(t, ONE_WORKER);
  const client = await streamOf(server.url);
  const cat = await frameOf('cat.png');
  const dropped = await client.see(cat, 'part', [0, 0, 0.5, 0.5]);
  assert.ok(dropped.type === 'dropped' && dropped.reason === 'superseded');
  const labels = await client.see(cat, 'new scene');
  assert.ok(labels.type === 'labels' && labels.labels.some(({ label }) => label === 'cat'));
  await client.close();
});
