import assert from 'node:assert/strict';
import test from 'node:test';
import bwip from 'bwip-js/node';
import sharp from 'sharp';
import type { Label } from '../../protocol/messages.ts';
import { isModelId } from '../library/modelId.ts';
import { testServer } from '../testing/testServer.ts';

const drawn = (options: Record<string, unknown>) =>
  bwip.toBuffer({ scale: 4, padding: 10, ...options } as Parameters<typeof bwip.toBuffer>[0]);

const qr = () => drawn({ bcid: 'qrcode', text: 'https://example.com/a', backgroundcolor: 'ffffff' });

test('P9: predict reads codes: their text, symbology and corners', async (t) => {
  const { url } = await testServer(t);
  const predict = async (image: Uint8Array, query = '') => {
    const answer = await fetch(`${url}/v1/predict?model=codes${query}`, {
      method: 'POST',
      body: new Uint8Array(image),
    });
    const body = await answer.json();
    return { status: answer.status, body, labels: (body.labels ?? []) as Label[] };
  };
  // A wide picture with the code at its left, 40 to 140 of 400 pixels.
  const wide = sharp({ create: { width: 400, height: 200, channels: 3, background: 'white' } }).composite([
    {
      input: await sharp(await qr())
        .resize(128, 128, { kernel: 'nearest' })
        .png()
        .toBuffer(),
      left: 20,
      top: 36,
    },
  ]);
  const image = await wide.png().toBuffer();

  await t.test('with its corners, clockwise from its own top left', async () => {
    const counted = async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(/^livelens_frames_total\{via="predict",outcome="labels"\} (\d+)$/m.exec(text)?.[1] ?? 0);
    };
    const before = await counted();
    const { status, body, labels } = await predict(image);
    assert.equal(status, 200);
    assert.equal(await counted(), before + 1, 'it counts as any other picture');
    assert.match(body.model, /^codes@zxing-wasm-\d/);
    assert.ok(body.timing.serverMs > 0);
    assert.equal(labels.length, 1);
    const [{ label, text, format, score, box, quad } = assert.fail()] = labels;
    assert.deepEqual([label, text, format, score], ['example.com/a', 'https://example.com/a', 'QRCode', 1]);
    assert.ok(box && box[0] > 0.05 && box[0] + box[2] < 0.4, `${box}`);
    const [a, b, c, d] = quad ?? assert.fail();
    assert.ok(a[0] < b[0] && b[1] < c[1] && d[0] < c[0] && a[1] < d[1], JSON.stringify(quad));
  });

  await t.test('turned upright as its orientation tag says', async () => {
    // Stored on its side: what is shown is 200x400, with the code at its top.
    const turned = await sharp(await sharp(image).rotate(-90).toBuffer())
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 95 })
      .toBuffer();
    const { labels } = await predict(turned);
    const [{ box, quad } = assert.fail()] = labels;
    assert.ok(box && box[0] + box[2] < 0.4 && box[1] > 0.1, `${box}`);
    const [a, b] = quad ?? assert.fail();
    assert.ok(b[0] - a[0] > 0.1 && Math.abs(b[1] - a[1]) < 0.02, 'upright');
  });

  await t.test('on a transparent ground, as generators make them', async () => {
    const clear = await drawn({ bcid: 'qrcode', text: 'clear' });
    assert.equal((await sharp(clear).metadata()).hasAlpha, true);
    assert.deepEqual(
      (await predict(clear)).labels.map(({ text }) => text),
      ['clear'],
    );
  });

  await t.test('what is no text, as bytes in base64', async () => {
    const binary = await drawn({
      bcid: 'datamatrix',
      text: '^000^001^128^255',
      parse: true,
      backgroundcolor: 'ffffff',
    });
    const [{ text, bytes } = assert.fail()] = (await predict(binary)).labels;
    assert.deepEqual([text, bytes], [undefined, 'AAGA/w==']);
  });

  await t.test('no more than maxLabels, none where there is none, and no picture is an error', async () => {
    const none = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'white' } })
      .png()
      .toBuffer();
    assert.deepEqual((await predict(none)).labels, []);
    assert.equal((await predict(image, '&maxLabels=1')).labels.length, 1);
    const broken = await predict(image.subarray(0, 200));
    assert.deepEqual([broken.status, broken.body.error.code], [415, 'undecodable']);
    const text = await predict(Buffer.from('no picture'));
    assert.equal(text.body.error.code, 'undecodable');
  });

  await t.test('it is no model of the list, and no model may have its name', async () => {
    const { models } = await (await fetch(`${url}/v1/models`)).json();
    assert.ok(models.every(({ id }: { id: string }) => id !== 'codes'));
    assert.equal(isModelId('codes'), false);
  });
});
