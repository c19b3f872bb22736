import { createInterface } from 'node:readline/promises';
import { formatBytes } from '../../vision/formatBytes.ts';
import { plain } from './words.ts';

/** Where a command talks to a person: results on standard output, all else on standard error. */
export interface Terminal {
  print(text: string): void;
  /** A line that stays. */
  say(text: string): void;
  /** What goes on now; on a terminal it takes the place of what it said before. */
  step(text: string): void;
  /** How much has come. */
  bytes(bytes: number, of: number | undefined): void;
  /** How many of all are done. */
  count(what: string, done: number, of: number): void;
  /** Whether someone is there to be asked. */
  readonly canAsk: boolean;
  /** A yes is "y" or "yes"; anything else is a no. */
  ask(question: string): Promise<boolean>;
}

const REDRAW_MS = 100;

export function openTerminal(signal: AbortSignal): Terminal {
  const { stdin, stdout, stderr } = process;
  let hasStep = false;
  let drawnAt = 0;
  let tenths = -1;
  const clear = () => {
    if (hasStep) stderr.write('\r\x1b[2K');
    hasStep = false;
  };
  const draw = (text: string) => {
    clear();
    stderr.write(text.slice(0, (stderr.columns ?? 80) - 1));
    hasStep = true;
  };
  /** @param steps that were taken: where lines stay, there is one for each */
  const amount = (text: string, steps: number, isAll: boolean) => {
    if (stderr.isTTY) {
      const now = performance.now();
      if (now - drawnAt < REDRAW_MS && !isAll) return;
      drawnAt = now;
      draw(`  ${text}`);
      return;
    }
    if (steps <= tenths) return;
    tenths = steps;
    if (steps > 0) stderr.write(`  ${text}\n`);
  };
  return {
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    print(text) {
      clear();
      stdout.write(`${plain(text)}\n`);
    },
    say(text) {
      clear();
      stderr.write(`${plain(text)}\n`);
    },
    step(text) {
      tenths = -1;
      if (stderr.isTTY) draw(`${plain(text)} ...`);
      else stderr.write(`${plain(text)} ...\n`);
    },
    bytes(bytes, of) {
      const text = of ? `${formatBytes(bytes)} of ${formatBytes(of)}` : formatBytes(bytes);
      // In a log, ten lines are enough.
      amount(text, of ? Math.floor((10 * bytes) / of) : Math.floor(bytes / 50e6), bytes === of);
    },
    count(what, done, of) {
      const text = `${done.toLocaleString('en')} of ${of.toLocaleString('en')} ${what}`;
      amount(text, Math.floor((10 * done) / of), done === of);
    },
    async ask(question) {
      clear();
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        return /^y(es)?$/i.test((await lines.question(`${plain(question)} [y/N] `, { signal })).trim());
      } finally {
        lines.close();
      }
    },
  };
}
