import { cut, widthOf } from './cells.ts';
import type { Line } from './table.ts';

/** Where it is shown. */
export interface Layout {
  /** Of the terminal, in columns and lines. */
  width: number;
  height: number;
  /** Whether keys are listened to, so that a line about them stands at the end. */
  hasKeys: boolean;
}

/** A table. */
export interface Section {
  /** Number of lines that show all of it. */
  wanted: number;
  /** At most this many lines. */
  lines(maxLines: number): Line[];
}

interface Screen {
  title: string;
  /** What is to be read first. */
  news: readonly Line[];
  sections: readonly Section[];
  /** What keys do, in addition to `q`. */
  keys?: string;
}

/** Where a table would have fewer lines, there are no empty lines and no line about keys. */
const LEAST_LINES = 3;

/** Lines for a screen, from the most to the least important, so that what does not fit is what matters least. */
export function layOut({ title, news, sections, keys }: Screen, { width, height, hasKeys }: Layout): Line[] {
  const titles = wrap(title, width).map((text): Line => ({ text, tone: 'title' }));
  const newsLines = takeNews(news, width, Math.max(1, Math.floor(height / 3)));
  const head = [...titles, ...newsLines];
  const isRoomy = height - head.length - 2 >= sections.length * (LEAST_LINES + 1);
  const gap: Line[] = isRoomy ? [{ text: '' }] : [];
  const foot = [keys, 'q: quit'].filter(Boolean).join(' · ');
  const end: Line[] = isRoomy && hasKeys ? [...gap, { text: cut(foot, width), tone: 'faint' }] : [];
  const room = height - head.length - end.length - gap.length * sections.length;
  const shares = share(
    sections.map(({ wanted }) => wanted),
    room,
  );
  const tables = sections.flatMap((section, i) => {
    const lines = section.lines(shares[i] ?? 0);
    return lines.length > 0 ? [...gap, ...lines] : [];
  });
  return [...head, ...tables, ...end].slice(0, height);
}

function takeNews(news: readonly Line[], width: number, most: number): Line[] {
  const lines = news.flatMap(({ text, ...rest }) =>
    wrap(text, width).map((one): Line => ({ text: one, ...rest })),
  );
  if (lines.length <= most) return lines;
  const kept = lines.slice(0, Math.max(1, most - 1));
  return most < 2 ? kept : [...kept, { text: cut('… and more: --json lists all', width), tone: 'warning' }];
}

/** Gives each what it wants, or where there is too little an equal part, and what one leaves to the others. */
function share(wanted: readonly number[], room: number): number[] {
  const given = wanted.map(() => 0);
  for (let left = Math.max(0, room); left > 0; left -= 1) {
    const poorest = wanted
      .map((want, i) => ({ i, has: given[i] ?? 0, isDone: (given[i] ?? 0) >= want }))
      .filter(({ isDone }) => !isDone)
      .sort((a, b) => a.has - b.has)[0];
    if (poorest === undefined) break;
    given[poorest.i] = poorest.has + 1;
  }
  return given;
}

/** Breaks between words; a word that is too long is cut. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (widthOf(longer) <= width || line === '') line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line].map((one) => cut(one, width));
}
