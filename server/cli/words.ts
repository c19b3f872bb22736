/** Numbers for a reader at a terminal. */

export const inMs = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;

/** `8.4e-6`: digits beyond two say nothing of an agreement. */
export function inDigits(difference: number): string {
  if (difference === 0) return '0';
  return difference < 1e-3 ? difference.toExponential(1) : String(Number(difference.toPrecision(2)));
}

/** `1 label`, `1,000 labels` */
export const inNumber = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

/** Left-aligned columns, two spaces apart. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What strangers' files say may hold codes that move a terminal's cursor or worse. */
export const plain = (text: string): string => text.replaceAll(/(?![\n\t])\p{Cc}/gu, '?');

const MAX_BEHIND = 5;
export const JSON_HAS_ALL = '; --json lists all';

/** The list behind a line: its first few, how many more there are, and where all of them are. */
export function detailLines(details: readonly string[] = [], indent = '  ', whereAll = ''): string[] {
  const more = details.length - MAX_BEHIND;
  return [
    ...details.slice(0, MAX_BEHIND).map((line) => `${indent}${line}`),
    ...(more > 0 ? [`${indent}and ${more} more${whereAll}`] : []),
  ];
}
