import type { ReactNode } from 'react';
import styles from './Panel.module.css';

/** What only some people need to know, behind one press. */
export function Details({
  children,
  summary = 'Details',
  startsOpen,
}: {
  children: ReactNode;
  summary?: ReactNode;
  startsOpen?: boolean;
}) {
  return (
    <details className={styles.details} open={startsOpen}>
      <summary>{summary}</summary>
      <div className={styles.inside}>{children}</div>
    </details>
  );
}
