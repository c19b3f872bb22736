'use client';
import type { ImportOptions } from '../../protocol/models.ts';
import { FIELDS, type Field, textOf } from './decisionFields.ts';
import { FieldControl } from './FieldControl.tsx';
import { LabelsFile } from './LabelsFile.tsx';
import { PanelButton } from './PanelButton.tsx';
import styles from './Report.module.css';
import { useSayings } from './useSayings.ts';
import { inNumber } from './words.ts';

export interface SayMoreProps {
  options: ImportOptions;
  isAsking: boolean;
  onSay(more: ImportOptions): void;
}

/** All that can be said of a model that could not be understood by itself. */
export function SayMore({ options, isAsking, onSay }: SayMoreProps) {
  const sayings = useSayings();
  return (
    <details className={styles.more}>
      <summary>Say more about it, and have it looked at again</summary>
      <div className={styles.labels}>
        <p>
          {sayings.labels === undefined
            ? 'What its outputs are called'
            : `${inNumber(sayings.labels.length, 'label')}, from ${sayings.labels[0]} on`}
        </p>
        <LabelsFile onFile={(file) => void sayings.readLabelsFile(file)} />
      </div>
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
          Look again
        </PanelButton>
      </div>
    </details>
  );
}
