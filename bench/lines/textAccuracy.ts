import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { seeded } from '../codes/generatedCodes.ts';
import { type BenchLine, type BenchResult, result } from '../result.ts';
import { type CharacterErrors, characterErrors, sumOfErrors } from '../text/characterErrors.ts';
import { drawSigns } from '../text/generatedSigns.ts';
import { openTextModel } from '../text/openTextModel.ts';
import { readSigns } from '../text/readSigns.ts';

const GENERATED = 90;

/**
 * Character error rate on one scanned page and six scenes, against what a person typed: bench/text/truth.json. The pictures are
 * samples of scikit-image and OpenCV that may not be copied here: `TEXT_PICTURES` names a folder with them. And on generated signs.
 */
export const measure: BenchLine = async () => {
  const { read } = await openTextModel();
  const generated = await readSigns(await drawSigns(GENERATED, seeded(11)), read);
  const ofGenerated = rateRows('text: generated signs, character error rate', generated);
  const folder = process.env.TEXT_PICTURES;
  if (folder === undefined) {
    return [
      ...ofGenerated,
      result('text: character errors (TEXT_PICTURES names no folder)', Number.NaN, '%'),
    ];
  }
  const truth: Record<string, string[]> = JSON.parse(await readFile('bench/text/truth.json', 'utf8'));
  const rows: BenchResult[] = [];
  const all: CharacterErrors[] = [];
  for (const [name, typed] of Object.entries(truth)) {
    const image = await readFile(path.join(folder, name));
    const lines = await read(image);
    const found = characterErrors(
      typed,
      lines.map(({ text }) => text),
    );
    all.push(found);
    const { letters, withSpaces, wrong } = found;
    const what = `text: wrong letters of ${letters.of} in ${name}, ${withSpaces.errors} of ${withSpaces.of} with spaces`;
    rows.push(result(wrong.length > 0 ? `${what}: ${wrong.join(', ')}` : what, letters.errors, ''));
  }
  return [...ofGenerated, ...rows, ...rateRows('text: character error rate', sumOfErrors(all))];
};

function rateRows(what: string, { letters, withSpaces }: CharacterErrors): BenchResult[] {
  const rate = ({ errors, of }: CharacterErrors['letters']) => (100 * errors) / of;
  return [
    result(`${what} without spaces`, rate(letters), '%', { atMost: 1 }),
    result(`${what} with spaces`, rate(withSpaces), '%', { atMost: 2 }),
  ];
}
