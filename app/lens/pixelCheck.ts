import type { PixelReader, PixelReport } from '../capture/readback.ts';

/** What is known of the way to read pixels: nothing yet, or what was found last. */
export type PixelAccess = 'unknown' | PixelReader;

/** A person may allow it, or revoke that, at any time, and no event reports it. */
const RECHECK_MS = { normal: 10_000, hidden: 3_000 };
/** Firefox closes its question when a page reads a canvas: time for a person to answer it. */
const ASKED_MS = 30_000;
/** A press that opens the question gives the window its focus just before: only a return without one is a reason to check again. */
const RETURN_MS = 500;

export interface PixelCheckOptions {
  probe(): Promise<PixelReport>;
  onAccess(access: PixelAccess): void;
  /** Whether pixels are needed now. */
  isWanted(): boolean;
}

/** When to check again, ms of the page's clock. */
export function nextCheckMs({
  access,
  checkedAtMs,
  askedAtMs,
}: {
  access: PixelAccess;
  checkedAtMs: number;
  askedAtMs: number;
}): number {
  const dueMs = checkedAtMs + (access === 'none' ? RECHECK_MS.hidden : RECHECK_MS.normal);
  return access === 'none' ? Math.max(dueMs, askedAtMs + ASKED_MS) : dueMs;
}

/** Keeps an eye on whether this browser gives the page the pixels that it draws: once, and again while it matters. */
export class PixelCheck {
  readonly #options: PixelCheckOptions;
  /** Resolves once something is known. */
  readonly ready: Promise<void>;
  readonly #listening = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  #returnTimer: ReturnType<typeof setTimeout> | undefined;
  #access: PixelAccess = 'unknown';
  #checkedAtMs = performance.now();
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #checking: Promise<void> | undefined;

  constructor(options: PixelCheckOptions) {
    this.#options = options;
    this.ready = this.check();
    const { signal } = this.#listening;
    this.#timer = setInterval(() => {
      const { isWanted } = this.#options;
      const dueMs = nextCheckMs({
        access: this.#access,
        checkedAtMs: this.#checkedAtMs,
        askedAtMs: this.#askedAtMs,
      });
      if (performance.now() >= dueMs && isWanted() && !document.hidden) void this.check();
    }, 1_000);
    // The pointer comes back from the browser's question, or the person does.
    const onReturn = () => {
      clearTimeout(this.#returnTimer);
      this.#returnTimer = setTimeout(() => {
        const wasAsked = performance.now() - this.#askedAtMs <= RETURN_MS;
        if (this.#access === 'none' && !wasAsked && this.#options.isWanted()) void this.check();
      }, RETURN_MS);
    };
    document.documentElement.addEventListener('pointerenter', onReturn, { signal });
    window.addEventListener('focus', onReturn, { signal });
  }

  get access(): PixelAccess {
    return this.#access;
  }

  /** Checks again. */
  check(): Promise<void> {
    this.#checking ??= this.#options
      .probe()
      .then(({ reader }) => {
        if (reader === this.#access) return;
        this.#access = reader;
        this.#options.onAccess(reader);
      })
      .finally(() => {
        this.#checkedAtMs = performance.now();
        this.#checking = undefined;
      });
    return this.#checking;
  }

  /**
   * Has the browser ask the person, if it does that: Firefox opens its question when a canvas is read within a press of a
   * button, and only then.
   */
  ask(): void {
    this.#askedAtMs = performance.now();
    const canvas = document.createElement('canvas');
    canvas.width = 1;
    canvas.height = 1;
    try {
      canvas.getContext('2d')?.getImageData(0, 0, 1, 1);
    } catch {
      // What it gives, or does not, is found out by the check.
    }
  }

  /** Idempotent. */
  close(): void {
    this.#listening.abort();
    clearInterval(this.#timer);
    clearTimeout(this.#returnTimer);
  }
}
