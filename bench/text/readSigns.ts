import { type CharacterErrors, characterErrors, sumOfErrors } from './characterErrors.ts';
import type { DrawnSigns } from './generatedSigns.ts';

/** Errors in what was read of all pictures, and how many there are; what is wrong with what made its picture hard. */
export async function readSigns(
  pictures: readonly DrawnSigns[],
  read: (image: Uint8Array) => Promise<readonly { text: string }[]>,
): Promise<CharacterErrors> {
  const all: CharacterErrors[] = [];
  for (const { image, lines, trait } of pictures) {
    const found = characterErrors(
      lines,
      (await read(image)).map(({ text }) => text),
    );
    all.push({ ...found, wrong: found.wrong.map((each) => `${trait}: ${each}`) });
  }
  return sumOfErrors(all);
}
