'use client';
import { useId } from 'react';
import { inNumber } from '../../ui/values.ts';
import styles from './LabelNames.module.css';
import { LabelsFile } from './LabelsFile.tsx';
import { labelCountInWords } from './labelCount.ts';
import type { Sayings } from './useSayings.ts';

export interface LabelNamesProps {
  sayings: Sayings;
  /** How many the model needs; undefined where that is not known yet. */
  outputs: number | undefined;
  /** Those that it has, to begin with. */
  known: readonly string[] | undefined;
}

/** What a model's outputs are called: typed, pasted, or read from a file. */
export function LabelNames({ sayings, outputs, known }: LabelNamesProps) {
  const id = useId();
  const { labels, labelsText } = sayings;
  const count = labels && (outputs === undefined ? undefined : labelCountInWords(labels.length, outputs));
  return (
    <div className={styles.root}>
      <label htmlFor={id}>Label names, one per line</label>
      <textarea
        id={id}
        rows={5}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        placeholder={'cat\ndog\n…'}
        aria-describedby={`${id}-count`}
        value={labelsText ?? known?.join('\n') ?? ''}
        onChange={(event) => sayings.changeLabels(event.currentTarget.value)}
      />
      {sayings.labelsNotes.map((note) => (
        <p key={note} className={styles.note}>
          {note}
        </p>
      ))}
      <div className={styles.foot}>
        <p id={`${id}-count`} role="status" data-bad={(count && !count.isRight) || undefined}>
          {count?.text ??
            (labels
              ? `${inNumber(labels.length, 'name')}.`
              : outputs !== undefined && `The model has ${inNumber(outputs, 'output')}.`)}
        </p>
        <LabelsFile onFile={(file) => void sayings.readLabelsFile(file)} />
      </div>
    </div>
  );
}
