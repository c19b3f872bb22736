import { plain } from '../words.ts';

/** Text measured in the columns that it takes on a terminal. */

/** Two columns each: East Asian wide and fullwidth characters, and emoji. */
const WIDE = /[ᄀ-ᅟ⺀-꓏가-힣豈-﫿︰-﹏＀-｠￠-￦\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;
/** No column of their own: accents, and what joins characters. */
const ZERO = /[\p{Mn}\p{Me}\p{Cf}]/u;

const widthOfOne = (character: string) => (ZERO.test(character) ? 0 : WIDE.test(character) ? 2 : 1);

export const widthOf = (text: string): number =>
  [...text].reduce((sum, character) => sum + widthOfOne(character), 0);

/** One line of at most this many columns; what is cut off ends in "…". */
export function cut(text: string, width: number): string {
  const line = plain(text).replaceAll(/[\n\t]/g, ' ');
  if (widthOf(line) <= width) return line;
  let used = 1;
  let kept = '';
  for (const character of line) {
    used += widthOfOne(character);
    if (used > width) break;
    kept += character;
  }
  return width > 0 ? `${kept}…` : '';
}

/** Exactly this many columns. */
export function pad(text: string, width: number, align: 'left' | 'right'): string {
  const line = cut(text, width);
  const space = ' '.repeat(Math.max(0, width - widthOf(line)));
  return align === 'left' ? line + space : space + line;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `45 s`, `12 min`, `3 h 5 min`, `4 d 2 h` */
export function spanText(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.max(0, Math.floor(ms / 1_000))} s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)} h ${Math.floor((ms % HOUR_MS) / MINUTE_MS)} min`;
  return `${Math.floor(ms / DAY_MS)} d ${Math.floor((ms % DAY_MS) / HOUR_MS)} h`;
}

/** `62 ms`, or `-` where there is no figure. */
export const msText = (ms: number | null): string =>
  ms === null ? '-' : `${Math.round(ms).toLocaleString('en')} ms`;

/** `128`, `7.5` */
export const rateText = (rate: number): string =>
  rate < 10 ? String(Number(rate.toFixed(1))) : Math.round(rate).toLocaleString('en');
