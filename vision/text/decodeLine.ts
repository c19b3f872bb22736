/** What a line reads. */
export interface LineText {
  readonly text: string;
  /** Mean of the characters' scores, 0..1; 0 where there is none. */
  readonly score: number;
}

/** Of each column of a line, as the recognizer gives it. */
export interface LineColumns {
  /** The class with the best score: 0 is none, then the lines of the key file, then the space. */
  readonly classes: Int32Array;
  readonly scores: Float32Array;
  /** The score of the space. */
  readonly spaces: Float32Array;
}

/**
 * The text of a line by connectionist temporal classification (Graves et al. 2006), best path: of columns with the same class
 * one counts, and class 0 separates.
 * @param characters the lines of the key file
 */
export function decodeLine(
  { classes, scores, spaces }: LineColumns,
  characters: readonly string[],
): LineText {
  const space = characters.length + 1;
  let text = '';
  let sum = 0;
  let count = 0;
  let before = 0;
  /** Scores of the space since the last character, where another class was better. */
  let faint = 0;
  classes.forEach((found, column) => {
    if (found === 0) faint += spaces[column] ?? 0;
    if (found !== 0 && found !== before) {
      const isSpace = found === space;
      if (!isSpace && faint >= FAINT_SPACE && text !== '' && !text.endsWith(' ')) text += ' ';
      text += isSpace ? ' ' : (characters[found - 1] ?? '');
      sum += scores[column] ?? 0;
      count += 1;
      faint = 0;
    }
    before = found;
  });
  return { text: text.trim(), score: count === 0 ? 0 : sum / count };
}

/**
 * A space that loses against "none" in each column, but adds up to this over the gap, is one: the network loses half of them. On
 * generated signs at three sizes at least 1,064 of 1,067 spaces add up to more, and one of 7,921 gaps between letters; 0.1 loses 18 spaces.
 */
const FAINT_SPACE = 0.05;
