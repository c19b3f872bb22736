import { editDistance } from '../../vision/text/editDistance.ts';

/** Errors in what was read of pictures. */
export interface CharacterErrors {
  /** Characters to insert, delete or replace, spaces left out; and of how many. */
  readonly letters: { readonly errors: number; readonly of: number };
  /** The same with the spaces. */
  readonly withSpaces: { readonly errors: number; readonly of: number };
  /** What was not read as it stands. */
  readonly wrong: readonly string[];
}

/**
 * Compares lines with those typed by hand. Each is paired with the nearest that was read; what no one typed counts in full.
 * Full-width letters count as usual ones, and capitals as small ones: uncials, as on old inns, are neither.
 */
export function characterErrors(truth: readonly string[], read: readonly string[]): CharacterErrors {
  const rest = read.map(comparable);
  const letters = { errors: 0, of: 0 };
  const withSpaces = { errors: 0, of: 0 };
  const wrong: string[] = [];
  for (const line of truth) {
    const typed = comparable(line);
    const ranked = rest
      .map((other, at) => ({ at, distance: editDistance(typed, other) }))
      .filter(({ distance }) => distance < typed.length)
      .sort((a, b) => a.distance - b.distance);
    const [nearest] = ranked;
    const [found = ''] = nearest === undefined ? [] : rest.splice(nearest.at, 1);
    if (found !== typed) wrong.push(`"${line}" as "${found}"`);
    letters.errors += editDistance(withoutSpaces(typed), withoutSpaces(found));
    letters.of += withoutSpaces(typed).length;
    withSpaces.errors += editDistance(typed, found);
    withSpaces.of += typed.length;
  }
  for (const extra of rest) {
    wrong.push(`"${extra}", where nothing was typed`);
    letters.errors += withoutSpaces(extra).length;
    withSpaces.errors += extra.length;
  }
  return { letters, withSpaces, wrong };
}

/** Errors of several pictures together. */
export function sumOfErrors(all: readonly CharacterErrors[]): CharacterErrors {
  const sum = (kind: 'letters' | 'withSpaces') => ({
    errors: all.reduce((total, each) => total + each[kind].errors, 0),
    of: all.reduce((total, each) => total + each[kind].of, 0),
  });
  return {
    letters: sum('letters'),
    withSpaces: sum('withSpaces'),
    wrong: all.flatMap(({ wrong }) => wrong),
  };
}

const comparable = (line: string): string => line.normalize('NFKC').toLowerCase().trim();
const withoutSpaces = (line: string): string => line.replaceAll(' ', '');
