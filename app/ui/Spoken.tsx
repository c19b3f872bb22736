'use client';
import { useEffect, useState } from 'react';
import hidden from './SrOnly.module.css';

/** How long a text must stand before it is heard, ms. */
const REST_MS = 3_000;
/** How long a region must be there before its text is heard, ms: a browser tells of both at once where they come in one turn. */
const THERE_MS = 100;

export interface SpokenProps {
  /** As it is now; it may change many times a second. */
  text: string;
  /** What is worth hearing at once, each time that it changes: another thing, another quarter that is done. */
  step: string | number;
}

/**
 * Tells a screen reader of what changes often, which is shown elsewhere: of each `step` as it comes, and else of what the text comes to
 * rest at. Where it is shown it must be in no live region, which would have each change read aloud. It is there for a moment before
 * it says anything: a region that comes with its text is not heard everywhere.
 */
export function Spoken({ text, step }: SpokenProps) {
  const [isThere, setThere] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setThere(true), THERE_MS);
    return () => clearTimeout(timer);
  }, []);
  const [spoken, setSpoken] = useState({ text, step });
  if (spoken.step !== step) setSpoken({ text, step });
  useEffect(() => {
    const timer = setTimeout(() => setSpoken({ text, step }), REST_MS);
    return () => clearTimeout(timer);
  }, [text, step]);
  return (
    <p role="status" className={hidden.srOnly}>
      {isThere && spoken.text}
    </p>
  );
}

/** How many quarters are done: a step of what has a known end. @param share 0..1; undefined where it is not known */
export const quarterOf = (share: number | undefined): number => Math.floor(4 * Math.min(1, share ?? 0));
