'use client';
import type { ImportOptions } from '../../../protocol/models.ts';
import { Details } from '../../ui/Details.tsx';
import { PanelButton } from '../../ui/PanelButton.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import { FIELDS, type Field, textOf } from './decisionFields.ts';
import { FieldControl } from './FieldControl.tsx';
import { FieldsNamed } from './FieldsNamed.tsx';
import { LabelNames } from './LabelNames.tsx';
import { OverridesProblem } from './OverridesProblem.tsx';
import styles from './Report.module.css';
import { useOverrides } from './useOverrides.ts';

export interface AddDetailsProps {
  /** What the server says is missing. */
  text: string;
  options: ImportOptions;
  isAsking: boolean;
  onAdd(more: ImportOptions): void;
}

/** All that a person can add about a model that was not understood without it. */
export function AddDetails({ text, options, isAsking, onAdd }: AddDetailsProps) {
  const words = useWords();
  const { fields, report } = words;
  const overrides = useOverrides();
  return (
    <div className={styles.more}>
      <FieldsNamed text={text} below={report.addDetails} />
      <Details summary={report.addDetails}>
        <LabelNames overrides={overrides} outputs={undefined} known={options.labels} />
        <ul className={styles.decisions}>
          {(Object.keys(FIELDS) as Field[]).map((field) => (
            <li key={field}>
              <span className={styles.field}>{fields[field]}</span>
              <FieldControl
                field={field}
                text={overrides.textOf(field) ?? textOf(field, options, undefined)}
                isChanged={overrides.textOf(field) !== undefined}
                onChange={(text) => overrides.change(field, text)}
              />
            </li>
          ))}
        </ul>
        <OverridesProblem problem={overrides.problem} />
        <div className={styles.foot}>
          <PanelButton
            isMain
            disabled={isAsking || overrides.count === 0}
            onClick={() => {
              const more = overrides.finish();
              if (more) onAdd(more);
            }}
          >
            {report.checkAgain}
          </PanelButton>
        </div>
      </Details>
    </div>
  );
}
