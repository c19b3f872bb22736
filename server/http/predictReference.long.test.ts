import assert from 'node:assert/strict';
import test from 'node:test';
import sharp from 'sharp';
import { loadReference } from '../../models/build/reference.ts';
import { iou } from '../../vision/geometry.ts';
import { photo } from '../testing/media.ts';
import { testServer } from '../testing/testServer.ts';

test('P8: predict agrees with TensorFlow.js on the same weights and the same whole photos', async (t) => {
  const server = await testServer(t);
  const reference = await loadReference();
  t.after(() => reference.close());
  for (const name of ['cat.png', 'cup.png', 'astronaut.png', 'rocket.jpg'] as const) {
    const image = await photo(name);
    const { data, info } = await sharp(image).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const expected = await reference.detect(data, info.width, info.height, { minScore: 0.5 });
    const answer = await fetch(`${server.url}/v1/predict?minScore=0.5`, { method: 'POST', body: image });
    const { labels } = await answer.json();
    assert.deepEqual(
      labels.map(({ label }: { label: string }) => label),
      expected.map(({ label }) => label),
      name,
    );
    for (const [i, { label, score, box }] of expected.entries()) {
      const found = labels[i];
      assert.ok(Math.abs(found.score - score) <= 0.02, `${label}: ${found.score} for ${score}`);
      assert.ok(iou(found.box, box) > 0.95, `${label}: ${found.box} for ${box}`);
      t.diagnostic(
        `${label}: score ${found.score} for ${score.toFixed(3)}, IoU ${iou(found.box, box).toFixed(4)}`,
      );
    }
  }
});
