'use client';
import { useWords } from '../ui/words/useWords.ts';
import styles from './ActionSheet.module.css';
import type { Gs1Field } from './gs1.ts';
import { gs1Date } from './gs1Date.ts';

/** The fields of a GS1 code, with names for the common ones. */
export function Gs1Fields({ fields }: { fields: readonly Gs1Field[] }) {
  const { actions, format } = useWords();
  return (
    <dl className={styles.details} data-testid="gs1-fields">
      {fields.map(({ ai, value }) => {
        const date = gs1Date(ai, value, new Date());
        return (
          <div key={`${ai} ${value}`}>
            <dt>{actions.gs1[ai] ?? actions.gs1Other(ai)}</dt>
            <dd>{date ? format.day(date, true) : value}</dd>
          </div>
        );
      })}
    </dl>
  );
}
