'use client';
import { useEffect, useState } from 'react';
import { messageOf } from '../../protocol/errors.ts';
import type { PhoneLink } from '../../protocol/lan.ts';
import { invitePhone } from './lanClient.ts';

/** How soon after a phone has used a code the next one is shown, ms. */
const CHECK_MS = 2_000;

export interface ShownLink {
  link: PhoneLink | undefined;
  /** Phones that used a code while it was shown. */
  paired: number;
  /** Why there is no link, in English. */
  problem: string | undefined;
}

const NOTHING: ShownLink = { link: undefined, paired: 0, problem: undefined };

/** An address for the next phone, while `isShown`: a new one once a phone has used it, and when it has expired. */
export function usePhoneLink(isShown: boolean): ShownLink {
  const [shown, setShown] = useState(NOTHING);
  useEffect(() => {
    if (!isShown) return;
    const life = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last: PhoneLink | undefined;
    let paired = 0;
    async function check(): Promise<void> {
      try {
        const link = await invitePhone(last?.code, life.signal);
        const isExpired = last?.expiresAt !== undefined && Date.parse(last.expiresAt) <= Date.now();
        if (last?.code !== undefined && last.code !== link.code && !isExpired) paired += 1;
        // While a code is still good, its end is not sent again.
        last = { ...link, expiresAt: link.expiresAt ?? last?.expiresAt };
        setShown({ link: last, paired, problem: undefined });
      } catch (error) {
        if (life.signal.aborted) return;
        setShown({ link: undefined, paired, problem: messageOf(error) });
      }
      if (!life.signal.aborted) timer = setTimeout(check, CHECK_MS);
    }
    void check();
    return () => {
      life.abort();
      clearTimeout(timer);
      setShown(NOTHING);
    };
  }, [isShown]);
  return shown;
}
