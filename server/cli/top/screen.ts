import { widthOf } from './cells.ts';
import type { Line, Tone } from './table.ts';

const SGR: Readonly<Record<Tone, string>> = {
  title: '\x1b[1m',
  heading: '\x1b[7m',
  good: '\x1b[32m',
  warning: '\x1b[33m',
  bad: '\x1b[31m',
  faint: '\x1b[2m',
};
const PLAIN = '\x1b[0m';

/** The other screen of the terminal, so that what stood there is back at the end; no cursor; no lines that wrap. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
/** Terminals that know it show all that comes between at once; others skip it. */
const BEGIN = '\x1b[?2026h\x1b[H';
const END = '\x1b[?2026l';

type Input = Pick<NodeJS.ReadStream, 'isTTY' | 'setRawMode' | 'resume' | 'pause' | 'on' | 'off'>;
type Output = Pick<NodeJS.WriteStream, 'columns' | 'rows' | 'write' | 'on' | 'off'>;

interface ScreenOptions {
  input: Input;
  output: Output;
  hasColours: boolean;
  /** One key, as the terminal sends it. */
  onKey(key: string): void;
  onResize(): void;
}

/** A terminal that is drawn over again and again, each line in its place: nothing is cleared first, so nothing flickers. */
export interface Screen {
  readonly width: number;
  readonly height: number;
  draw(lines: readonly Line[]): void;
  /** Gives the terminal back as it was. Idempotent. */
  close(): void;
}

export function openScreen({ input, output, hasColours, onKey, onResize }: ScreenOptions): Screen {
  let isOpen = true;
  const width = () => output.columns || 80;
  const height = () => output.rows || 24;
  const hasKeys = input.isTTY === true;
  const listen = (data: Buffer | string) => {
    for (const key of String(data)) onKey(key);
  };
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    process.off('exit', close);
    output.off('resize', onResize);
    output.write(LEAVE);
    if (!hasKeys) return;
    input.off('data', listen);
    input.setRawMode(false);
    input.pause();
  };
  // Whatever ends the process, an error that no one caught among it.
  process.once('exit', close);
  output.on('resize', onResize);
  if (hasKeys) {
    input.setRawMode(true);
    input.on('data', listen);
    input.resume();
  }
  output.write(ENTER);
  return {
    get width() {
      return width();
    },
    get height() {
      return height();
    },
    draw(lines) {
      if (!isOpen) return;
      const texts = lines.map(({ text, tone }) => {
        const isColoured = hasColours && tone !== undefined && text !== '';
        // After the last column the cursor stays on it, and what clears the rest of the line would take that, too.
        const rest = widthOf(text) < width() ? '\x1b[K' : '';
        return `${isColoured ? `${SGR[tone]}${text}${PLAIN}` : text}${rest}`;
      });
      output.write(`${BEGIN}${texts.join('\r\n')}${texts.length < height() ? `\r\n\x1b[J` : ''}${END}`);
    },
    close,
  };
}
