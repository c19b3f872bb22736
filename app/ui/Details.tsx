import type { ReactNode } from 'react';
import styles from './Panel.module.css';
import { useWords } from './words/useWords.ts';

/** What only some people need to know, behind one press. */
export function Details({
  children,
  summary,
  startsOpen,
}: {
  children: ReactNode;
  summary?: ReactNode;
  startsOpen?: boolean;
}) {
  const { common } = useWords();
  return (
    <details className={styles.details} open={startsOpen}>
      <summary>{summary ?? common.details}</summary>
      <div className={styles.inside}>{children}</div>
    </details>
  );
}
