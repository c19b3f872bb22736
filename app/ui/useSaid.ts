'use client';
import { useEffect, useState } from 'react';

/** How long it is shown, ms. */
const SAID_MS = 4_000;

/** What became of a press, by its key among the words, and how to say it; undefined: nothing, or no longer. */
export function useSaid<Key extends string>(): [said: Key | undefined, say: (said: Key | undefined) => void] {
  const [said, say] = useState<Key>();
  useEffect(() => {
    if (said === undefined) return;
    const timer = setTimeout(() => say(undefined), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return [said, say];
}
