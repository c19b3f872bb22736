/** One line of a plot. */
export interface Series {
  readonly name: string;
  /** Which of the plot's colours and dashes. */
  readonly tone: 'a' | 'b' | 'c' | 'd' | 'e' | 'f';
  /** Oldest first, one for each interval; the last is now. */
  readonly values: readonly (number | null)[];
}

/** Where there is no value. */
const NONE = '–';

export const orNone = (value: number | null | undefined, format: (value: number) => string): string =>
  value === null || value === undefined ? NONE : format(value);
