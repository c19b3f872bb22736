import { stripVTControlCharacters } from 'node:util';

interface Line {
  level: number;
  time: string;
  msg?: string;
  [field: string]: unknown;
}

/** Pino's. */
const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

/** A destination that writes lines of JSON as a person reads them: `16:05:12.345 warn  worker lost  pid=71 why="exit code 1"`. */
export function prettyLines(out: { write(line: string): void }): { write(line: string): void } {
  return { write: (line) => void out.write(`${prettyLine(JSON.parse(line) as Line)}\n`) };
}

function prettyLine({ level, time, msg = '', ...fields }: Line): string {
  const name = (LEVELS[level] ?? String(level)).padEnd(5);
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${valueText(value)}`);
  // What strangers send must not steer the terminal.
  return stripVTControlCharacters([time.slice(11, 23), name, msg, ...pairs].join(' '));
}

function valueText(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? '';
  // A stack stays on lines of its own.
  if (value.includes('\n    at ')) return `\n${value}`;
  return /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value);
}
