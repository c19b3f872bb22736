import assert from 'node:assert/strict';
import test from 'node:test';
import { drawTextGolden } from '../../models/build/textGoldens.ts';
import { seeded } from '../codes/generatedCodes.ts';
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
