const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/**
 * A size as a person reads it, the same in the page and at the terminal: `840 B`, `412 kB`, `13.6 MB`, `151 MB`. Decimal,
 * as operating systems show it; megabytes and more have one digit after the point below 100.
 *
 * @param number writes a number with at most this many digits after the point; a page does it in the person's language
 */
export function formatBytes(
  bytes: number,
  number: (value: number, maxDigits: number) => string = (value, maxDigits) =>
    String(Number(value.toFixed(maxDigits))),
): string {
  let unit = 0;
  let value = bytes;
  // What would be rounded to 1000 of a unit is one of the next.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${number(value, unit >= 2 && value < 99.95 ? 1 : 0)} ${UNITS[unit]}`;
}
