'use client';
import { useEffect, useRef, useState } from 'react';
import { copyText } from '../browser/copyText.ts';
import { useWords } from '../ui/words/useWords.ts';
import { browserFacts } from './createChecks.ts';
import styles from './Doctor.module.css';
import { reportText } from './reportText.ts';
import type { CheckRun } from './useChecks.ts';
import type { Verdict } from './verdict.ts';

/** Puts the report into the clipboard; where the browser lends the page none, shows it to be copied by hand. */
export function Report({ run, verdict }: { run: CheckRun; verdict: Verdict }) {
  const { doctor } = useWords();
  const [state, setState] = useState<'idle' | 'copied' | 'by-hand'>('idle');
  const field = useRef<HTMLTextAreaElement>(null);
  const text = () =>
    reportText({ verdict, checkedAt: run.endedAt ?? '', facts: browserFacts(), findings: run.findings });
  useEffect(() => {
    if (state === 'by-hand') field.current?.select();
  }, [state]);
  const copy = async () => setState((await copyText(text())) ? 'copied' : 'by-hand');
  return (
    <>
      <button type="button" className={styles.quiet} onClick={() => void copy()}>
        {doctor.copy}
      </button>
      <p role="status" className={styles.copied}>
        {state === 'copied' && doctor.copied}
        {state === 'by-hand' && doctor.copyByHand}
      </p>
      {state === 'by-hand' && (
        <textarea
          ref={field}
          className={styles.text}
          readOnly
          rows={8}
          aria-label={doctor.copy}
          value={text()}
        />
      )}
    </>
  );
}
