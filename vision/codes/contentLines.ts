import { decoded, textOf } from './textOf.ts';

/** A line of a vCard or of an iCalendar text (RFC 6350, RFC 5545, vCard 2.1). */
export interface ContentLine {
  /** In capitals, without the group before it: `FN` of `item1.fn`. */
  readonly name: string;
  /** What semicolons divide its value into, as plain text. */
  readonly parts: readonly string[];
}

/** The name with its group, parameters, of which some are in quotes, and the value. */
const LINE = /^(?:[\w-]+\.)?([\w-]+)((?:;(?:"[^"]*"|[^";:])*)*):(.*)$/s;
const QUOTED_PRINTABLE = /^(?:ENCODING=)?QUOTED-PRINTABLE$/i;

/**
 * The lines of such a text, as long as they were before they were folded. In vCard 2.1 a line is folded where it has a
 * space, which stays; later the space at the begin of a line only says that it goes on.
 */
export function unfolded(text: string): string[] {
  const isOld = /^VERSION:2\.1\s*$/im.test(text);
  const lines: string[] = [];
  for (const line of text.split(/\r\n|\r|\n/)) {
    const last = lines.at(-1);
    if (last?.endsWith('=') && isQuotedPrintable(last)) lines[lines.length - 1] = last.slice(0, -1) + line;
    else if (last !== undefined && /^[ \t]/.test(line)) {
      lines[lines.length - 1] = last + (isOld ? line : line.slice(1));
    } else if (line !== '') lines.push(line);
  }
  return lines;
}

/** The first line with this name that has a value. @param lines as `unfolded` gives them */
export function lineOf(lines: readonly string[], name: string): ContentLine | undefined {
  for (const text of lines) {
    const line = contentLine(text);
    if (line?.name === name && line.parts.some((part) => part !== '')) return line;
  }
  return undefined;
}

function contentLine(line: string): ContentLine | undefined {
  const [, name, parameters = '', value = ''] = LINE.exec(line) ?? [];
  if (name === undefined) return undefined;
  const charset = /;CHARSET="?([^;"]+)/i.exec(parameters)?.[1];
  const isEncoded = parameters.split(';').some((each) => QUOTED_PRINTABLE.test(each));
  // Divided before it is decoded: a semicolon that is encoded divides nothing.
  const parts = partsOf(value, ';').map((part) =>
    plain(isEncoded ? fromQuotedPrintable(part, charset) : part),
  );
  return { name: name.toUpperCase(), parts };
}

const isQuotedPrintable = (line: string) =>
  (LINE.exec(line)?.[2] ?? '').split(';').some((each) => QUOTED_PRINTABLE.test(each));

/** What a sign divides a value into, each as it is written: a backslash stands before a sign that is meant as such. */
export function partsOf(value: string, divider: string): string[] {
  const parts = [''];
  for (const [sign] of value.matchAll(/\\.|./gs)) {
    if (sign === divider) parts.push('');
    else parts.push(`${parts.pop() ?? ''}${sign}`);
  }
  return parts;
}

const plain = (value: string) =>
  value.replaceAll(/\\(.)/gs, (_, sign: string) => (/n/i.test(sign) ? ' ' : sign)).trim();

/** Letters between the encoded bytes belong to them: the second byte of a Chinese character may be a letter. */
function fromQuotedPrintable(value: string, charset: string | undefined): string {
  return value.replaceAll(/(?:=[\dA-Fa-f]{2}|[^\u0080-\uffff])+/g, (run) => {
    const bytes = Uint8Array.from(run.match(/=[\dA-Fa-f]{2}|./gs) ?? [], (sign) =>
      sign.length > 1 ? Number.parseInt(sign.slice(1), 16) : sign.charCodeAt(0),
    );
    return textOf(bytes, charset === undefined ? undefined : decoded(bytes, charset)) ?? run;
  });
}
