import { ClientError } from '../../client/clientError.ts';
import type { LanInfo } from '../../protocol/lan.ts';

/** The delay after the first try that got no answer, ms; it doubles with each. */
const FIRST_MS = 1_000;
const MAX_MS = 30_000;

export interface LanQuestion {
  read(signal: AbortSignal): Promise<LanInfo>;
  onAnswer(info: LanInfo): void;
  /** Of the window: `online` is worth a try at once. */
  page: Pick<EventTarget, 'addEventListener'>;
}

/**
 * Asks the server what it is for other devices until it answers: a page may be open before its server is.
 * @returns ends it
 */
export function askForLan({ read, onAnswer, page }: LanQuestion): () => void {
  const life = new AbortController();
  const { signal } = life;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let delayMs = FIRST_MS;
  let isAsking = false;

  async function ask(): Promise<void> {
    if (isAsking) return;
    isAsking = true;
    if (timer !== undefined) clearTimeout(timer);
    try {
      const info = await read(signal);
      if (signal.aborted) return;
      life.abort();
      onAnswer(info);
    } catch (error) {
      // What answered in another way would do so again.
      if (signal.aborted || !(error instanceof ClientError && error.isRetryable)) return;
      timer = setTimeout(() => {
        timer = undefined;
        void ask();
      }, delayMs);
      delayMs = Math.min(MAX_MS, delayMs * 2);
    } finally {
      isAsking = false;
    }
  }

  page.addEventListener('online', () => void ask(), { signal });
  void ask();
  return () => {
    life.abort();
    if (timer !== undefined) clearTimeout(timer);
  };
}
