import type { ImportReport } from '../../protocol/models.ts';

/** Minimum number of columns of a terminal; a longer line would be broken in the middle of a word. */
const WIDTH = 80;
/** A longer value has a line of its own, so that it does not push the reasons of all others to the right. */
const MAX_VALUE_WIDTH = 28;

/** Decisions, a row each: the field, its value, how it was decided and why. */
export function decisionsText(decisions: ImportReport['decisions']): string {
  const rows = decisions.map(({ field, value, how, why }) => ({
    field: `  ${field}`,
    value: shorten(value),
    reason: `${how}: ${why}`,
  }));
  const fieldWidth = Math.max(0, ...rows.map(({ field }) => field.length));
  const valueWidth = Math.min(MAX_VALUE_WIDTH, Math.max(0, ...rows.map(({ value }) => value.length)));
  const indent = ' '.repeat(fieldWidth + 2 + valueWidth + 2);
  return rows
    .flatMap(({ field, value, reason }) => {
      const lines = wrap(reason, WIDTH - indent.length);
      const start = `${field.padEnd(fieldWidth)}  ${value.padEnd(valueWidth)}`;
      const [first = '', ...others] = value.length > valueWidth ? ['', ...lines] : lines;
      return [`${start}  ${first}`.trimEnd(), ...others.map((line) => `${indent}${line}`)];
    })
    .join('\n');
}

/** Lines of at most `width` characters, but for words that are longer. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

const shorten = (text: string) => (text.length > 60 ? `${text.slice(0, 57)}…` : text);
