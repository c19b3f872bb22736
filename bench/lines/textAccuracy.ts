import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { seeded } from '../codes/generatedCodes.ts';
import { type BenchLine, type BenchResult, result } from '../result.ts';
import { characterErrors } from '../text/characterErrors.ts';
import { drawSigns } from '../text/generatedSigns.ts';
import { openTextModel } from '../text/openTextModel.ts';
import { readSigns } from '../text/readSigns.ts';

const GENERATED = 90;

const rate = ({ errors, of }: { errors: number; of: number }) => (100 * errors) / of;

/**
 * Character error rate on one scanned page and six scenes, against what a person typed: bench/text/truth.json. The pictures are
 * samples of scikit-image and OpenCV that may not be copied here: `TEXT_PICTURES` names a folder with them. And on generated signs.
 */
export const measure: BenchLine = async () => {
  const { read } = await openTextModel();
  const generated = await readSigns(await drawSigns(GENERATED, seeded(11)), read);
  const ofGenerated = [
    result('text: generated signs, character error rate without spaces', rate(generated.letters), '%', {
      atMost: 1,
    }),
    result('text: generated signs, character error rate with spaces', rate(generated.withSpaces), '%', {
      atMost: 2,
    }),
  ];
  const folder = process.env.TEXT_PICTURES;
  if (folder === undefined) {
    return [
      ...ofGenerated,
      result('text: character errors (TEXT_PICTURES names no folder)', Number.NaN, '%'),
    ];
  }
  const truth: Record<string, string[]> = JSON.parse(await readFile('bench/text/truth.json', 'utf8'));
  const rows: BenchResult[] = [];
  const total = { letters: { errors: 0, of: 0 }, withSpaces: { errors: 0, of: 0 } };
  for (const [name, typed] of Object.entries(truth)) {
    const image = await readFile(path.join(folder, name));
    const lines = await read(image);
    const found = characterErrors(
      typed,
      lines.map(({ text }) => text),
    );
    for (const kind of ['letters', 'withSpaces'] as const) {
      total[kind].errors += found[kind].errors;
      total[kind].of += found[kind].of;
    }
    const { letters, withSpaces, wrong } = found;
    const what = `text: wrong letters of ${letters.of} in ${name}, ${withSpaces.errors} of ${withSpaces.of} with spaces`;
    rows.push(result(wrong.length > 0 ? `${what}: ${wrong.join(', ')}` : what, letters.errors, ''));
  }
  return [
    ...ofGenerated,
    ...rows,
    result('text: character error rate without spaces', rate(total.letters), '%', { atMost: 1 }),
    result('text: character error rate with spaces', rate(total.withSpaces), '%', { atMost: 2 }),
  ];
};
