'use client';
import { useEffect, useState } from 'react';

/** How long it is shown, ms. */
const SAID_MS = 4_000;
/** How long nothing is said before the same is said again: a screen reader announces what changes, ms. */
const PAUSE_MS = 150;

interface Said<Key> {
  readonly key: Key;
  readonly isRepeated: boolean;
}

/**
 * What became of a press, by its key among the words, and how to say it; undefined: nothing, or no longer. What is said again
 * while it is shown goes for a moment, so that it is seen and heard again.
 */
export function useSaid<Key extends string>(): [said: Key | undefined, say: (said: Key | undefined) => void] {
  const [said, setSaid] = useState<Said<Key>>();
  useEffect(() => {
    if (said === undefined) return;
    const { key, isRepeated } = said;
    const timer = isRepeated
      ? setTimeout(() => setSaid({ key, isRepeated: false }), PAUSE_MS)
      : setTimeout(() => setSaid(undefined), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const [say] = useState(() => (key: Key | undefined) => {
    setSaid((before) => (key === undefined ? undefined : { key, isRepeated: before?.key === key }));
  });
  return [said?.isRepeated ? undefined : said?.key, say];
}
