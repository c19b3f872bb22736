import type { ReactNode } from 'react';
import type { ImportOptions, ImportReport } from '../../../protocol/models.ts';
import { English } from '../../ui/words/English.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import { type Field, isField, textOf } from './decisionFields.ts';
import styles from './Report.module.css';

type Decision = ImportReport['decisions'][number];

/** How a field is shown, and can be set otherwise. */
export interface DecisionControl {
  /** What a person gave so far. */
  readonly options: ImportOptions;
  render(field: Field, decided: string): ReactNode;
}

/** These have a place of their own in the report. */
const ELSEWHERE = ['name', 'id', 'labels'];
/** A preference rather than a fact about the model: an assumption does no harm, and is not asked about. */
const PREFERENCES = ['minScore', 'license'];

const isQuestion = ({ field, how }: Decision) => how === 'assumed' && !PREFERENCES.includes(field);
const shown = ({ decisions }: ImportReport) => decisions.filter(({ field }) => !ELSEWHERE.includes(field));

/** What nothing proves about a model: what a person should check. */
export const openDecisions = (report: ImportReport): readonly Decision[] => shown(report).filter(isQuestion);

/** What is known, and what may be as it is. */
export const settledDecisions = (report: ImportReport): readonly Decision[] =>
  shown(report).filter((decision) => !isQuestion(decision));

/** Decisions about a model, each with why it was made, and a control to change it. */
export function ReportDecisions({
  decisions,
  control,
}: {
  decisions: readonly Decision[];
  control: DecisionControl;
}) {
  const { fields, how: hows } = useWords();
  return (
    <ul className={styles.decisions}>
      {decisions.map(({ field, value, how, why, sentence }) => (
        <li key={field} data-how={how}>
          <span className={styles.field}>
            {Object.hasOwn(fields, field) ? fields[field as keyof typeof fields] : field}
            <em>{hows[how]}</em>
          </span>
          {isField(field) ? control.render(field, value) : <span className={styles.value}>{value}</span>}
          <p>
            {isField(field) && textOf(field, control.options, value) === '' && `${value}: `}
            <English text={why} sentence={sentence} />
          </p>
        </li>
      ))}
    </ul>
  );
}
