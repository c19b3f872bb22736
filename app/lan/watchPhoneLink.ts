import { messageOf } from '../../protocol/errors.ts';
import type { PhoneLink } from '../../protocol/lan.ts';

/** How soon after a phone has used a code the next one is shown, ms. */
const CHECK_MS = 2_000;

export interface ShownLink {
  link: PhoneLink | undefined;
  /** Phones that used a code while it was shown. */
  paired: number;
  /** Why there is no link, in English. */
  problem: string | undefined;
}

export interface PhoneLinkWatch {
  /** An address for a phone. @param code the one that is shown: while no one has used it, it stays */
  invite(code: string | undefined, signal: AbortSignal): Promise<PhoneLink>;
  onShown(shown: ShownLink): void;
  /** While it is hidden, no one sees a code and none is asked for. */
  page: Pick<Document, 'hidden' | 'addEventListener'>;
}

/**
 * Keeps an address for the next phone: a new one once a phone has used it, and when it has expired.
 * @returns ends it
 */
export function watchPhoneLink({ invite, onShown, page }: PhoneLinkWatch): () => void {
  const life = new AbortController();
  const { signal } = life;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last: PhoneLink | undefined;
  let paired = 0;

  async function check(): Promise<void> {
    if (page.hidden) {
      page.addEventListener('visibilitychange', () => void check(), { once: true, signal });
      return;
    }
    try {
      const link = await invite(last?.code, signal);
      if (signal.aborted) return;
      const isExpired = last?.expiresAt !== undefined && Date.parse(last.expiresAt) <= Date.now();
      if (last?.code !== undefined && last.code !== link.code && !isExpired) paired += 1;
      // While a code is still good, its end is not sent again.
      last = { ...link, expiresAt: link.expiresAt ?? last?.expiresAt };
      onShown({ link: last, paired, problem: undefined });
    } catch (error) {
      if (signal.aborted) return;
      onShown({ link: undefined, paired, problem: messageOf(error) });
    }
    timer = setTimeout(check, CHECK_MS);
  }

  void check();
  return () => {
    life.abort();
    clearTimeout(timer);
  };
}
