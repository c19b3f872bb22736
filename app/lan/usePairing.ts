'use client';
import { useEffect, useState } from 'react';
import type { Words } from '../ui/words/en.ts';
import { watchPairingLinks } from './pairingLinks.ts';

/** What the page says of a code that was no good. */
type PairingNotice = (words: Words) => { title: string; text: string };

/** Pairs this device by the code in the page's address. @param lens tries the token that comes of it */
export function usePairing(lens: { renewToken(): void } | undefined): {
  notice: PairingNotice | undefined;
  dismissNotice(): void;
} {
  const [isFailed, setFailed] = useState(false);
  useEffect(() => {
    if (lens === undefined) return;
    return watchPairingLinks(
      () => lens.renewToken(),
      () => setFailed(true),
    );
  }, [lens]);
  return { notice: isFailed ? failed : undefined, dismissNotice: () => setFailed(false) };
}

const failed: PairingNotice = ({ lan }) => ({ title: lan.failedTitle, text: lan.failedText });
