'use client';
import { useEffect, useRef } from 'react';
import styles from './FocusRing.module.css';

/** Where the picture was tapped, CSS pixels of the page; another object for each tap. */
export type Tap = { readonly x: number; readonly y: number };

/** Shows for a moment where the camera was asked to focus. */
export function FocusRing({ tap }: { tap: Tap | undefined }) {
  const ring = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = ring.current;
    if (!element || !tap) return;
    // By script: the security policy allows no style attribute.
    element.style.left = `${tap.x}px`;
    element.style.top = `${tap.y}px`;
    element.dataset.shown = '';
    const timer = setTimeout(() => delete element.dataset.shown, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [tap]);
  return <div ref={ring} className={styles.root} data-testid="focus-ring" aria-hidden="true" />;
}

const SHOWN_MS = 900;
