import type { Sentence } from '../../../../protocol/sentence.ts';
import { aboutPreprocessing } from '../../../../protocol/sentences/preprocessing.ts';
import type { Triple } from './published.ts';

/** Width and height, or edges, as image processors write them. Whole pixels, each 1..MAX_SIDE. */
export type PublishedSize =
  | { readonly width: number; readonly height: number }
  | { readonly shortest: number; readonly longest?: number }
  | { readonly longest: number }
  | { readonly withinWidth: number; readonly withinHeight: number };

/** The largest input that a manifest takes, pixels. */
const MAX_SIDE = 4096;

/**
 * The fields of a JSON object that someone else wrote. `null` is as good as absent, as transformers has it. What is of
 * another type is absent too, and a warning names it, what it holds and what was expected.
 */
export class Fields {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #file: string;
  readonly #warnings: Sentence[];

  constructor(object: object, file: string, warnings: Sentence[]) {
    this.#object = { ...object };
    this.#file = file;
    this.#warnings = warnings;
  }

  has(name: string): boolean {
    return this.#value(name) !== undefined;
  }

  /** A finite number within bounds. */
  number(name: string, { above = -Infinity, max = Infinity } = {}): number | undefined {
    const expected =
      max === Infinity
        ? aboutPreprocessing(above === 0 ? 'expect_number_above_0' : 'expect_number')
        : aboutPreprocessing(above === 0 ? 'expect_number_above_0_at_most' : 'expect_number_at_most', {
            max,
          });
    return this.#read(name, expected, (value) =>
      isNumber(value) && value > above && value <= max ? value : undefined,
    );
  }

  /** 0 and 1 are as good, as in Python. */
  boolean(name: string): boolean | undefined {
    return this.#read(name, aboutPreprocessing('expect_boolean'), (value) =>
      typeof value === 'boolean' ? value : value === 0 || value === 1 ? value === 1 : undefined,
    );
  }

  text(name: string): string | undefined {
    return this.#read(name, aboutPreprocessing('expect_text'), (value) =>
      typeof value === 'string' ? value : undefined,
    );
  }

  /** What is written as a number by one, as a name by another. */
  numberOrText(name: string): number | string | undefined {
    return this.#read(name, aboutPreprocessing('expect_number_or_text'), (value) =>
      isNumber(value) || typeof value === 'string' ? value : undefined,
    );
  }

  /** A list of this many whole sides, pixels. */
  sides(name: string, count: number): readonly number[] | undefined {
    return this.#read(name, aboutPreprocessing('expect_sides', { count, max: MAX_SIDE }), (value) =>
      Array.isArray(value) && value.length === count && value.every(isSide) ? value : undefined,
    );
  }

  object(name: string): object | undefined {
    return this.#read(name, aboutPreprocessing('expect_object'), (value) =>
      isObject(value) ? value : undefined,
    );
  }

  /** A number for each channel; one number stands for all. */
  triple(name: string, { isDivisor = false } = {}): Triple | undefined {
    const isGood = (value: unknown): value is number => isNumber(value) && !(isDivisor && value === 0);
    const expected = aboutPreprocessing(isDivisor ? 'expect_divisors' : 'expect_triple');
    return this.#read(name, expected, (value) => {
      const [red, green = red, blue = red, ...more] = Array.isArray(value) ? value : [value];
      const isTwo = Array.isArray(value) && value.length === 2;
      return isGood(red) && isGood(green) && isGood(blue) && more.length === 0 && !isTwo
        ? [red, green, blue]
        : undefined;
    });
  }

  /**
   * @param isSquare a lone number means both sides; else the shortest edge
   * @param longest goes with a lone number that means the shortest edge
   */
  size(
    name: string,
    { isSquare = true, longest }: { isSquare?: boolean; longest?: number | undefined } = {},
  ) {
    const ofNumber = (side: number): PublishedSize =>
      isSquare
        ? { width: side, height: side }
        : { shortest: side, ...(longest === undefined ? {} : { longest }) };
    return this.#read(name, aboutPreprocessing('expect_size', { max: MAX_SIDE }), (value) =>
      sizeOf(value, ofNumber),
    );
  }

  /** Tells something about a field, with the name of the file before it. */
  warn(message: Sentence): void {
    this.#warnings.push(aboutPreprocessing('in_file', { file: this.#file, message }));
  }

  #value(name: string): unknown {
    const value = Object.hasOwn(this.#object, name) ? this.#object[name] : undefined;
    return value === null ? undefined : value;
  }

  #read<T>(name: string, expected: Sentence, parse: (value: unknown) => T | undefined): T | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    const parsed = parse(value);
    if (parsed === undefined) {
      this.warn(aboutPreprocessing('field_ignored', { field: name, found: shortJson(value), expected }));
    }
    return parsed;
  }
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function sizeOf(value: unknown, ofNumber: (side: number) => PublishedSize): PublishedSize | undefined {
  if (isSide(value)) return ofNumber(value);
  if (Array.isArray(value)) {
    const [height, width = height, ...more] = value;
    return isSide(height) && isSide(width) && more.length === 0 ? { width, height } : undefined;
  }
  if (!isObject(value)) return undefined;
  const { width, height, shortest_edge, longest_edge, max_width, max_height } = value as Record<
    string,
    unknown
  >;
  if (isSide(width) && isSide(height)) return { width, height };
  if (isSide(shortest_edge)) {
    if (longest_edge == null) return { shortest: shortest_edge };
    return isSide(longest_edge) ? { shortest: shortest_edge, longest: longest_edge } : undefined;
  }
  if (isSide(longest_edge)) return { longest: longest_edge };
  if (isSide(max_width) && isSide(max_height)) return { withinWidth: max_width, withinHeight: max_height };
  return undefined;
}

const isSide = (value: unknown): value is number =>
  isNumber(value) && Number.isInteger(value) && value >= 1 && value <= MAX_SIDE;

/** For a warning: it stays one short line whatever a file holds. */
export function shortJson(value: unknown): string {
  const text = (JSON.stringify(value) ?? String(value)).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
