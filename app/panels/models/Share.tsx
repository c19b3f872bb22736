'use client';
import { useEffect, useRef } from 'react';
import styles from './Report.module.css';

/** A bar for a score, 0..1. */
export function Share({ of }: { of: number }) {
  const bar = useRef<HTMLElement>(null);
  useEffect(() => {
    // By script: the security policy allows no style attribute in the page as it is delivered.
    bar.current?.style.setProperty('--share', String(of));
  }, [of]);
  return <i ref={bar} className={styles.share} />;
}
