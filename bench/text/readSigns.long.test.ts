import assert from 'node:assert/strict';
import test from 'node:test';
import sharp from 'sharp';
import { drawTextGolden } from '../../models/build/textGoldens.ts';
import { seeded } from '../codes/generatedCodes.ts';
import { characterErrors, sumOfErrors } from './characterErrors.ts';
import { drawSigns } from './generatedSigns.ts';
import { openTextModel } from './openTextModel.ts';
import { readSigns } from './readSigns.ts';

test('generated signs of every kind are read with at most 1 % wrong letters, 2 % with spaces', async (t) => {
  const { read } = await openTextModel();
  const { letters, withSpaces, wrong } = await readSigns(await drawSigns(18, seeded(11)), read);
  t.diagnostic(
    `${letters.errors} of ${letters.of}, ${withSpaces.errors} of ${withSpaces.of} with spaces: ${wrong.join('; ')}`,
  );
  assert.ok(letters.of > 1_000);
  assert.ok(letters.errors <= 0.01 * letters.of, wrong.join('; '));
  assert.ok(withSpaces.errors <= 0.02 * withSpaces.of, wrong.join('; '));
});

test('lines of different lengths read together give the text of each by itself, with its spaces', async () => {
  const { read } = await openTextModel();
  const lines = ['Gate 14', 'Open daily from 9 to 17', 'no', 'The lift to floor 2 is out of order today'].map(
    (text, i) => ({
      text,
      x: 400,
      y: 60 + i * 90,
      size: 30,
    }),
  );
  const texts = async (drawn: typeof lines) => {
    const found = await read(await drawTextGolden(drawn, { width: 800, height: 416 }));
    return found.map(({ text }) => text);
  };
  const each = [];
  for (const line of lines) each.push(...(await texts([line])));
  assert.deepEqual(await texts(lines), each);
  assert.ok(each.includes('The lift to floor 2 is out of order today'), each.join('; '));
});

test('signs keep their spaces live: in small frames of the quality of a stream, nearer in each frame', async (t) => {
  const { read } = await openTextModel();
  const all = [];
  for (const { image, lines } of await drawSigns(9, seeded(5))) {
    const memory = {};
    let texts: string[] = [];
    for (const height of [400, 440, 480]) {
      const seen = await sharp(image)
        .resize({ height })
        .extract({ left: 0, top: 0, width: Math.round((height * 4) / 3), height })
        .toBuffer();
      const frame = await sharp(seen).jpeg({ quality: 70 }).toBuffer();
      texts = (await read(frame, memory)).map(({ text }) => text);
    }
    all.push(characterErrors(lines, texts));
  }
  const { letters, withSpaces, wrong } = sumOfErrors(all);
  const lost = withSpaces.errors - letters.errors;
  const spaces = withSpaces.of - letters.of;
  t.diagnostic(
    `${lost} of ${spaces} spaces, ${letters.errors} of ${letters.of} letters: ${wrong.join('; ')}`,
  );
  assert.ok(spaces > 70);
  assert.ok(lost <= 0.01 * spaces, wrong.join('; '));
});
