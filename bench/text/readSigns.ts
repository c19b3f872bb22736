import { type CharacterErrors, characterErrors } from './characterErrors.ts';
import type { DrawnSigns } from './generatedSigns.ts';

/** Errors in what was read of all pictures, and how many there are. */
interface SignErrors extends Pick<CharacterErrors, 'letters' | 'withSpaces'> {
  /** What was not read as it stands, with what made its picture hard. */
  readonly wrong: readonly string[];
}

export async function readSigns(
  pictures: readonly DrawnSigns[],
  read: (image: Uint8Array) => Promise<readonly { text: string }[]>,
): Promise<SignErrors> {
  const letters = { errors: 0, of: 0 };
  const withSpaces = { errors: 0, of: 0 };
  const wrong: string[] = [];
  for (const { image, lines, trait } of pictures) {
    const found = characterErrors(
      lines,
      (await read(image)).map(({ text }) => text),
    );
    letters.errors += found.letters.errors;
    letters.of += found.letters.of;
    withSpaces.errors += found.withSpaces.errors;
    withSpaces.of += found.withSpaces.of;
    wrong.push(...found.wrong.map((each) => `${trait}: ${each}`));
  }
  return { letters, withSpaces, wrong };
}
