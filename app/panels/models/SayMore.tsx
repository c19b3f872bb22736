'use client';
import type { ImportOptions } from '../../../protocol/models.ts';
import { Details } from '../../ui/Details.tsx';
import { PanelButton } from '../../ui/PanelButton.tsx';
import { FIELDS, type Field, textOf } from './decisionFields.ts';
import { FieldControl } from './FieldControl.tsx';
import { FieldsNamed } from './FieldsNamed.tsx';
import { LabelNames } from './LabelNames.tsx';
import styles from './Report.module.css';
import { useSayings } from './useSayings.ts';

export interface SayMoreProps {
  /** What the server says is missing. */
  text: string;
  options: ImportOptions;
  isAsking: boolean;
  onSay(more: ImportOptions): void;
}

const SUMMARY = 'Add details and check again';

/** All that can be said of a model that was not understood without it. */
export function SayMore({ text, options, isAsking, onSay }: SayMoreProps) {
  const sayings = useSayings();
  return (
    <div className={styles.more}>
      <FieldsNamed text={text} below={SUMMARY} />
      <Details summary={SUMMARY}>
        <LabelNames sayings={sayings} outputs={undefined} known={options.labels} />
        <ul className={styles.decisions}>
          {(Object.keys(FIELDS) as Field[]).map((field) => (
            <li key={field}>
              <span className={styles.field}>{FIELDS[field].name}</span>
              <FieldControl
                field={field}
                text={sayings.textOf(field) ?? textOf(field, options, undefined)}
                isChanged={sayings.textOf(field) !== undefined}
                onChange={(text) => sayings.change(field, text)}
              />
            </li>
          ))}
        </ul>
        {sayings.problem && (
          <p role="alert" className={styles.problem}>
            {sayings.problem}
          </p>
        )}
        <div className={styles.foot}>
          <PanelButton
            isMain
            disabled={isAsking || sayings.count === 0}
            onClick={() => {
              const more = sayings.finish();
              if (more) onSay(more);
            }}
          >
            Check again
          </PanelButton>
        </div>
      </Details>
    </div>
  );
}
