'use client';
import { type ReactNode, useEffect, useRef } from 'react';
import { Icon } from '../../ui/Icon.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './Report.module.css';
import { useLostFocus } from './useLostFocus.ts';
import type { Verdict } from './verdict.ts';

export interface ReportFrameProps {
  /** For a screen reader. */
  label: string;
  testId: string;
  title: string;
  /** What the model is, in a line. */
  about?: ReactNode;
  verdict: Verdict;
  children: ReactNode;
}

/** What a report begins with: that nothing is live yet, what it is about, and what to think of it. It comes into sight, and has the focus. */
export function ReportFrame({ label, testId, title, about, verdict, children }: ReportFrameProps) {
  const { report } = useWords();
  const root = useRef<HTMLElement>(null);
  useEffect(() => {
    root.current?.scrollIntoView({ block: 'start' });
  }, []);
  useLostFocus(root);
  return (
    <section ref={root} tabIndex={-1} className={styles.root} aria-label={label} data-testid={testId}>
      <header className={styles.head}>
        <p className={styles.eyebrow}>{report.eyebrow}</p>
        <h3>{title}</h3>
        {about !== undefined && <p>{about}</p>}
      </header>
      <p className={styles.verdict} data-testid="verdict" data-good={verdict.isGood || undefined}>
        <Icon name={verdict.isGood ? 'check' : 'warning'} />
        {verdict.text}
      </p>
      {children}
    </section>
  );
}
