import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import test from 'node:test';
import bwip from 'bwip-js/node';
import sharp from 'sharp';
import type { CodeReader } from './codeReader.ts';
import type { GreyPicture } from './greyPicture.ts';
import { LiveCodes } from './liveCodes.ts';
import { readStill } from './readStill.ts';
import { openZxingReader } from './zxingReader.ts';

const wasm = await readFile(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'));
const read: CodeReader = await openZxingReader(new Uint8Array(wasm).buffer);
/** Every step takes a millisecond, on every machine. */
const steps = () => {
  let nowMs = 0;
  return () => ++nowMs;
};

/** Time for the picture as it is, by that clock. */
const ONE_TRY = 1.5;

interface Drawn {
  bcid: string;
  text: string;
  options?: Record<string, unknown>;
  /** Degrees, clockwise. */
  tilt?: number;
  at?: readonly [x: number, y: number];
}

/** Codes on paper of 640x480 pixels. */
async function paper(...codes: readonly Drawn[]): Promise<GreyPicture> {
  const layers = await Promise.all(
    codes.map(async ({ bcid, text, options, tilt = 0, at = [150, 120] }) => {
      const drawn = await bwip.toBuffer({
        bcid,
        text,
        scale: 2,
        padding: 8,
        backgroundcolor: 'ffffff',
        ...options,
      } as Parameters<typeof bwip.toBuffer>[0]);
      const input = await sharp(drawn)
        .flatten({ background: 'white' })
        .rotate(tilt, { background: 'white' })
        .png()
        .toBuffer();
      return { input, left: at[0], top: at[1] };
    }),
  );
  const { data, info } = await sharp({
    create: { width: 640, height: 480, channels: 3, background: 'white' },
  })
    .composite(layers)
    .greyscale()
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

const FORMATS: readonly (readonly [format: string, drawn: Drawn, text?: string])[] = [
  ['QRCode', { bcid: 'qrcode', text: 'https://example.com' }],
  ['MicroQRCode', { bcid: 'microqrcode', text: '12345' }],
  ['RMQRCode', { bcid: 'rectangularmicroqrcode', text: 'Hello 12', options: { version: 'R13x43' } }],
  ['DataMatrix', { bcid: 'datamatrix', text: 'Part 7' }],
  ['Aztec', { bcid: 'azteccode', text: 'Boarding' }],
  ['PDF417', { bcid: 'pdf417', text: 'Licence', options: { columns: 2 } }],
  ['MaxiCode', { bcid: 'maxicode', text: 'Parcel', options: { mode: 4 } }],
  ['EAN13', { bcid: 'ean13', text: '4006381333931' }],
  ['EAN13', { bcid: 'ean13', text: '9780306406157 52250', options: { addongap: 9 } }],
  ['EAN8', { bcid: 'ean8', text: '12345670' }],
  ['UPCA', { bcid: 'upca', text: '036000291452' }],
  ['UPCE', { bcid: 'upce', text: '01234565' }, '012345000065'],
  ['Code39', { bcid: 'code39', text: 'AB-12' }],
  ['Code93', { bcid: 'code93', text: 'AB12', options: { includecheck: true } }],
  ['Code128', { bcid: 'code128', text: 'Crate 9' }],
  ['ITF', { bcid: 'interleaved2of5', text: '12345678' }],
  ['Codabar', { bcid: 'rationalizedCodabar', text: 'A1234B' }],
  ['DataBarOmni', { bcid: 'databaromni', text: '(01)09501101530003' }, '0109501101530003'],
  ['DataBarLtd', { bcid: 'databarlimited', text: '(01)09501101530003' }, '0109501101530003'],
  ['DataBarExp', { bcid: 'databarexpanded', text: '(01)09501101530003(10)A1' }, '010950110153000310A1'],
];

for (const [format, drawn, text = drawn.text] of FORMATS) {
  test(`${format} is read: ${text}`, async () => {
    const picture = await paper(drawn);
    const labels = readStill(picture, { read, withinMs: ONE_TRY, clock: steps() });
    assert.deepEqual(
      labels.map((label) => [label.format, label.text]),
      [[format, text]],
    );
  });
}

/** What is found within a second of frames that show the same. */
function lookFor(live: LiveCodes, picture: GreyPicture, fromMs: number) {
  let labels = live.look(picture, fromMs);
  for (let frame = 1; frame < 15 && labels.length === 0; frame++) {
    labels = live.look(picture, fromMs + frame * 66);
  }
  return labels;
}

test('bars at every tilt are read from a video within a second, and their corners follow', async () => {
  for (let tilt = -90; tilt < 90; tilt += 15) {
    const picture = await paper({
      bcid: 'code128',
      text: 'TILT-42',
      options: { height: 14 },
      tilt: tilt + 7,
      at: [100, 60],
    });
    const live = new LiveCodes({ read, clock: steps() });
    const [label] = lookFor(live, picture, 0);
    assert.equal(label?.text, 'TILT-42', `${tilt + 7} degrees`);
    const [a, b, c] = (label?.quad ?? []).map(([x, y]) => [x * 640, y * 480] as const);
    assert.ok(a && b && c);
    const angle = (Math.atan2(b[1] - a[1], b[0] - a[0]) * 180) / Math.PI;
    const off = Math.abs(angle - (tilt + 7));
    assert.ok(Math.min(off, 360 - off) <= 2, `${angle} for ${tilt + 7} degrees`);
    const ratio = Math.hypot(c[0] - b[0], c[1] - b[1]) / Math.hypot(b[0] - a[0], b[1] - a[1]);
    assert.ok(ratio > 0.2, `no sliver: ${ratio}`);
  }
});

test('a code keeps its id while it moves, is gone when it is not seen, and comes back as another', async () => {
  const live = new LiveCodes({ read, clock: steps() });
  const code = { bcid: 'qrcode', text: 'A' };
  const [first] = lookFor(live, await paper({ ...code, at: [100, 100] }), 0);
  const [moved] = live.look(await paper({ ...code, at: [114, 106] }), 1_000);
  assert.ok(first && moved);
  assert.equal(moved.id, first.id);
  assert.ok((moved.box?.[0] ?? 0) > (first.box?.[0] ?? 0) + 0.015);
  const nothing = await paper();
  assert.equal(live.look(nothing, 1_066).length, 1, 'one missed frame takes nothing away');
  assert.deepEqual(live.look(nothing, 2_000), []);
  const [again] = lookFor(live, await paper({ ...code, at: [100, 100] }), 2_066);
  assert.ok(again && again.id !== first.id);
});

test('digits beside a code join it when they are read, under its id, and stay', async () => {
  const live = new LiveCodes({ read, clock: steps() });
  const [before] = lookFor(live, await paper({ bcid: 'ean13', text: '9780306406157' }), 0);
  assert.equal(before?.text, '9780306406157');
  const whole = await paper({ bcid: 'ean13', text: '9780306406157 52250', options: { addongap: 9 } });
  const texts: unknown[] = [];
  for (let frame = 1; frame <= 45; frame++) {
    const labels = live.look(whole, 1_000 + frame * 66);
    assert.deepEqual(
      labels.map(({ id }) => id),
      [before.id],
    );
    texts.push(labels[0]?.text);
  }
  const joined = texts.indexOf('9780306406157 52250');
  assert.ok(joined >= 0 && joined < 15, `${joined}`);
  assert.deepEqual(new Set(texts.slice(joined)), new Set(['9780306406157 52250']));
});

test('two prints of one code are two, each with its own id', async () => {
  const live = new LiveCodes({ read, clock: steps() });
  const picture = await paper(
    { bcid: 'qrcode', text: 'twin', at: [60, 100] },
    { bcid: 'qrcode', text: 'twin', at: [400, 200] },
  );
  const before = lookFor(live, picture, 0);
  assert.equal(before.length, 2);
  assert.deepEqual(
    live.look(picture, 66).map(({ id }) => id),
    before.map(({ id }) => id),
  );
});

test('what holds no text comes as bytes', async () => {
  const picture = await paper({ bcid: 'datamatrix', text: '^000^001^128^255', options: { parse: true } });
  const [label] = readStill(picture, { read, withinMs: ONE_TRY, clock: steps() });
  assert.deepEqual([label?.text, label?.bytes, label?.label], [undefined, 'AAGA/w==', 'DataMatrix']);
});

test('a reader that finds nothing, as for noise, costs no more than its share of time', () => {
  // Each call takes 30 ms by this clock, ten times what a frame has.
  let nowMs = 0;
  const slow: CodeReader = () => {
    nowMs += 30;
    return [];
  };
  const live = new LiveCodes({ read: slow, clock: () => nowMs });
  const picture = { data: new Uint8Array(320 * 240), width: 320, height: 240 };
  const FRAMES = 300;
  let mostMs = 0;
  for (let frame = 0; frame < FRAMES; frame++) {
    const before = nowMs;
    live.look(picture, frame * 66);
    mostMs = Math.max(mostMs, nowMs - before);
  }
  assert.ok(nowMs / FRAMES <= 12, `${nowMs / FRAMES} ms a frame`);
  assert.ok(mostMs <= 60, `${mostMs} ms at worst`);
});
