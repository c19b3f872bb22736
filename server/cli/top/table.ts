import { cut, pad, widthOf } from './cells.ts';

/** One line on the screen. Its tone is a help only: the words say the same without colours. */
export interface Line {
  text: string;
  tone?: Tone;
}
export type Tone = 'title' | 'heading' | 'good' | 'warning' | 'bad' | 'faint';

export interface Column<Row> {
  title: string;
  align: 'left' | 'right';
  /** Where the terminal is too narrow, columns with the highest number go first; 0 stays. */
  dropOrder: number;
  cell(row: Row): string;
}

const GAP = '  ';
/** Of the last column, which takes what is left and is cut. */
const LEAST_LAST = 10;

/**
 * Lines of a table that is at most `width` columns wide.
 * @param maxLines with its heading and the line that says how many rows were left out
 */
export function tableLines<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { width, maxLines, noun, toneOf }: TableOptions<Row>,
): Line[] {
  if (maxLines < 2) return [];
  const isCut = rows.length > maxLines - 1;
  const shown = isCut ? rows.slice(0, Math.max(0, maxLines - 2)) : rows;
  const fitting = columnsThatFit(rows, columns, width);
  const widths = fitting.map((column) => columnWidth(rows, column));
  const before = widths.slice(0, -1).reduce((sum, one) => sum + one + GAP.length, 0);
  const lineOf = (texts: readonly string[]) => {
    const cells = texts.map((text, i) => {
      const isLast = i === texts.length - 1;
      const align = fitting[i]?.align ?? 'left';
      if (!isLast || align === 'right') return pad(text, widths[i] ?? 0, align);
      return cut(text, Math.max(0, width - before));
    });
    return cut(cells.join(GAP), width);
  };
  const heading: Line = { text: lineOf(fitting.map(({ title }) => title)), tone: 'heading' };
  const lines = shown.map((row): Line => {
    const tone = toneOf?.(row);
    return { text: lineOf(fitting.map(({ cell }) => cell(row))), ...(tone && { tone }) };
  });
  const left = rows.length - shown.length;
  const more: Line[] = isCut
    ? [{ text: cut(`… and ${left} more ${noun}${left === 1 ? '' : 's'}`, width), tone: 'faint' }]
    : [];
  return [heading, ...lines, ...more];
}

interface TableOptions<Row> {
  width: number;
  maxLines: number;
  /** What a row is: "worker". */
  noun: string;
  toneOf?(row: Row): Tone | undefined;
}

function columnWidth<Row>(rows: readonly Row[], { title, cell }: Column<Row>): number {
  return Math.max(widthOf(title), ...rows.map((row) => widthOf(cell(row))));
}

function columnsThatFit<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number,
): readonly Column<Row>[] {
  let kept = columns;
  for (;;) {
    const widths = kept.map((column) => columnWidth(rows, column));
    const last = Math.min(widths.at(-1) ?? 0, kept.at(-1)?.align === 'left' ? LEAST_LAST : Infinity);
    const needed = widths.slice(0, -1).reduce((sum, one) => sum + one + GAP.length, last);
    const next = Math.max(...kept.map(({ dropOrder }) => dropOrder));
    if (needed <= width || next === 0) return kept;
    kept = kept.filter(({ dropOrder }) => dropOrder !== next);
  }
}
