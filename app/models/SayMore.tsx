'use client';
import type { ImportOptions } from '../../protocol/models.ts';
import { Details } from '../controls/Details.tsx';
import { FIELDS, type Field, textOf } from './decisionFields.ts';
import { FieldControl } from './FieldControl.tsx';
import { LabelNames } from './LabelNames.tsx';
import { PanelButton } from './PanelButton.tsx';
import styles from './Report.module.css';
import { useSayings } from './useSayings.ts';

export interface SayMoreProps {
  options: ImportOptions;
  isAsking: boolean;
  onSay(more: ImportOptions): void;
}

/** All that can be said of a model that was not understood without it. */
export function SayMore({ options, isAsking, onSay }: SayMoreProps) {
  const sayings = useSayings();
  return (
    <div className={styles.more}>
      <Details summary="Add details and check again">
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
