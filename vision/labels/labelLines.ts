import type { Sentence, Text } from '../../protocol/sentence.ts';
import { aboutLabels } from '../../protocol/sentences/labels.ts';
import { byNumber, countedFrom, LabelsError } from './labelList.ts';
import { isHole } from './noClass.ts';

interface Lines {
  readonly names: readonly string[];
  readonly form: Text;
  readonly warnings: readonly Sentence[];
}

/** Longer lines are no names; to search for a number at their end would take long. */
const MAX_NUMBERED_LENGTH = 1_000;

/** A number before the name, as in `0 cat`, `0: cat`, `0,cat`, `[0] cat`, `0. cat`; after it, as in `cat 0`, `cat,0`. */
const BEFORE = /^[[(]?(\d{1,7})(?:[\])]?\s*[:,;=|\t.)]\s*|[\])]?\s+(?:-\s+)?|[\])])(.*)$/;
const AFTER = /^(.*\S)(?:\s*[:,;=|\t]\s*|\s+)(\d{1,7})$/;
/** `n01440764 tench, Tinca tinca`: WordNet's number before ImageNet's names. */
const SYNSET = /^n\d{8}[\s:,;-]+(\S.*)$/;

/** Labels that stand on lines of their own, numbered or not, or in a table with a header. @throws LabelsError */
export function labelLines(text: string): Lines {
  const all = text.split(/\r\n|\r|\n/).map((line) => line.trim());
  while (all.at(-1) === '') all.pop();
  const firstName = all.findIndex((line) => line !== '' && !/^#(\s|$)/.test(line));
  const below = firstName < 0 ? [] : all.slice(firstName);
  const table = readTable(below);
  if (table) return table;
  const lines = below.filter((line) => line !== '');
  const blank = below.indexOf('');
  const warnings = blank < 0 ? [] : [aboutLabels('empty_line', { line: firstName + blank + 1 })];
  const found = (lines.every((line) => line.length <= MAX_NUMBERED_LENGTH) ? numbered(lines) : undefined) ??
    synsets(lines) ??
    listed(lines) ?? { names: lines.map(unquote), form: 'lines' };
  return { ...found, warnings: [...warnings, ...(found.warnings ?? [])] };
}

type Found = Pick<Lines, 'names' | 'form'> & Partial<Lines>;

function numbered(lines: readonly string[]): Found | undefined {
  for (const [pattern, numberAt, nameAt] of [
    [BEFORE, 1, 2],
    [AFTER, 2, 1],
  ] as const) {
    const entries = lines.map((line) => {
      const match = pattern.exec(line) ?? (numberAt === 1 ? /^(\d{1,7})()[:,;]?$/.exec(line) : null);
      return match && ([Number(match[numberAt]), unquote(match[nameAt] ?? '')] as const);
    });
    if (!entries.every((entry) => entry !== null) || !isCount(entries)) continue;
    const { names, first, warnings } = byNumber(entries, { isOutput: false });
    return { names, form: countedFrom(first, aboutLabels('form_numbered_lines')), warnings };
  }
  return undefined;
}

/** Whether numbers count the lines and are no part of the names, as in "7 up" and "2 euro". */
function isCount(entries: readonly (readonly [number, string])[]): boolean {
  const numbers = new Set(entries.map(([number]) => number));
  const lowest = entries.reduce((least, [number]) => Math.min(least, number), Number.POSITIVE_INFINITY);
  // "1 euro" alone counts nothing.
  if (numbers.size < entries.length || lowest > 1 || (lowest === 1 && entries.length === 1)) return false;
  const names = entries.map(([, name]) => name).filter((name) => !isHole(name));
  if (names.length === 0 || new Set(names).size < names.length) return false;
  const highest = entries.reduce((most, [number]) => Math.max(most, number), 0);
  const holes = highest + 1 - lowest - numbers.size;
  // Lists with holes, such as COCO's 80 of 90, are long.
  return holes === 0 || (entries.length >= 10 && holes <= entries.length / 2);
}

function synsets(lines: readonly string[]): Found | undefined {
  const names = lines.map((line) => SYNSET.exec(line)?.[1]);
  return names.every((name) => name !== undefined) ? { names, form: aboutLabels('form_synsets') } : undefined;
}

/** `- cat` on each line, or one line with commas. */
function listed(lines: readonly string[]): Found | undefined {
  if (lines.every((line) => /^[-*•]\s+\S/.test(line))) {
    return {
      names: lines.map((line) => unquote(line.replace(/^[-*•]\s+/, ''))),
      form: aboutLabels('form_dashes'),
    };
  }
  const [only = ''] = lines;
  if (lines.length > 1 || !/[,;]/.test(only)) return undefined;
  const separator = only.includes(';') ? ';' : ',';
  const names = splitRow(only, separator).filter((name, at, { length }) => name !== '' || at < length - 1);
  return names.length > 1
    ? { names, form: aboutLabels(separator === ',' ? 'form_commas' : 'form_semicolons') }
    : undefined;
}

/** A name in quotes, and the comma behind it that a list in a program leaves. */
const unquote = (name: string): string => {
  const [, , inside] = /^(["'])(.*)\1,?$/.exec(name) ?? [];
  return (inside ?? name).replaceAll(/""/g, '"').trim();
};

const NUMBER_TITLES = [
  'index',
  'idx',
  'classindex',
  'labelindex',
  'id',
  'classid',
  'labelid',
  'number',
  'no',
  'class',
  'label',
];
const NAME_TITLES = [
  'displayname',
  'name',
  'classname',
  'labelname',
  'signname',
  'title',
  'label',
  'class',
  'category',
  'description',
];

/** A table with a header that says which column holds the names. */
function readTable(lines: readonly string[]): Lines | undefined {
  const [header = '', ...rest] = lines;
  const separator = [',', ';', '\t'].find((sign) => header.includes(sign));
  const titles = splitRow(header, separator ?? ',').map((title) =>
    title.toLowerCase().replace(/[\s_-]/g, ''),
  );
  const known = titles.filter((title) => NUMBER_TITLES.includes(title) || NAME_TITLES.includes(title));
  if (separator === undefined || rest.length === 0 || known.length === 0) return undefined;
  const rows = rest.filter((line) => line !== '').map((line) => splitRow(line, separator));
  const nameAt = columnOf(titles, NAME_TITLES);
  const isNumber = (column: number) => rows.every((row) => /^\d{1,7}$/.test(row[column] ?? ''));
  const numberAt = NUMBER_TITLES.map((title) => titles.indexOf(title)).find(
    (column) => column >= 0 && column !== nameAt && isNumber(column),
  );
  // A list of things one of which is called "class" is no header.
  if (nameAt < 0 || rows.some((row) => row.length !== titles.length)) return undefined;
  const form = aboutLabels('form_table', { column: titles[nameAt] ?? '' });
  const nameIn = (row: readonly string[]) => row[nameAt] ?? '';
  if (numberAt === undefined) return { names: rows.map(nameIn), form, warnings: [] };
  const { names, first, warnings } = byNumber(
    rows.map((row) => [Number(row[numberAt]), nameIn(row)] as const),
    { isOutput: false },
  );
  return { names, form: countedFrom(first, form), warnings };
}

const columnOf = (titles: readonly string[], wanted: readonly string[]): number => {
  const title = wanted.find((one) => titles.includes(one));
  return title === undefined ? -1 : titles.indexOf(title);
};

/** One row of a CSV file (RFC 4180), without breaks of lines in its fields. @throws LabelsError */
function splitRow(line: string, separator: string): string[] {
  const fields: string[] = [];
  const field = new RegExp(`\\s*(?:"((?:[^"]|"")*)"\\s*|([^${separator}]*))(${separator}|$)`, 'y');
  for (;;) {
    const found = field.exec(line);
    if (!found) throw new LabelsError(aboutLabels('quotation_open', { line: line.slice(0, 60) }));
    fields.push((found[1]?.replaceAll('""', '"') ?? found[2] ?? '').trim());
    if (found[3] === '') return fields;
  }
}
