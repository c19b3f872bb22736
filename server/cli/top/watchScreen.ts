import { SORTS, type Sort } from './fleetLines.ts';
import type { Layout } from './layout.ts';
import { openScreen, type Screen } from './screen.ts';
import type { Line } from './table.ts';

/** What is shown: a fleet, or one server. */
export interface Source {
  lines(layout: Layout & { sort: Sort }): Line[];
  json(): unknown;
  /** Resolves when enough was heard to print it once. */
  readonly heard: Promise<void>;
  /** Called after something has changed that cannot wait for the next second. Returns its disposer. */
  onNews(listener: () => void): () => void;
  /** Idempotent. */
  close(): Promise<void>;
}

type Terminal = Pick<Parameters<typeof openScreen>[0], 'input' | 'output' | 'hasColours'>;

const REDRAW_MS = 1_000;
/** News may come many at a time. */
const NEWS_MS = 100;
const CTRL_C = '\x03';
const CTRL_L = '\x0c';
const CTRL_Z = '\x1a';

/** Shows a source until q or Ctrl-C is pressed, or the signal aborts. */
export async function watchScreen(
  source: Source,
  { sort: firstSort, signal, ...terminal }: Terminal & { sort: Sort; signal: AbortSignal },
): Promise<void> {
  let sort = firstSort;
  let screen: Screen | undefined;
  let pending: NodeJS.Timeout | undefined;
  const draw = () => {
    clearTimeout(pending);
    pending = undefined;
    if (screen === undefined) return;
    const { width, height } = screen;
    screen.draw(source.lines({ width, height, hasKeys: terminal.input.isTTY === true, sort }));
  };
  let end: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  const open = () => {
    screen = openScreen({ ...terminal, onKey, onResize: draw });
    draw();
  };
  function onKey(key: string): void {
    if (key === 'q' || key === 'Q' || key === CTRL_C) end();
    if (key === 's') {
      sort = SORTS[(SORTS.indexOf(sort) + 1) % SORTS.length] ?? 'name';
      draw();
    }
    if (key === CTRL_L) draw();
    if (key === CTRL_Z && process.platform !== 'win32') {
      // The shell gets the terminal as it was; "fg" goes on. All of this job stops, also npm if it started this process.
      screen?.close();
      process.once('SIGCONT', open);
      process.kill(0, 'SIGTSTP');
    }
  }
  signal.addEventListener('abort', () => end(), { once: true });
  const timer = setInterval(draw, REDRAW_MS);
  const stopNews = source.onNews(() => {
    pending ??= setTimeout(draw, NEWS_MS);
  });
  open();
  try {
    await done;
  } finally {
    process.off('SIGCONT', open);
    clearInterval(timer);
    clearTimeout(pending);
    stopNews();
    screen?.close();
  }
}
