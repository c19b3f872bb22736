'use client';
import { useId, useState } from 'react';
import type { ImportOptions, ImportQuestion } from '../../../protocol/models.ts';
import { PanelButton } from '../../ui/PanelButton.tsx';
import styles from './ImportChoice.module.css';

export interface ImportChoiceProps {
  question: ImportQuestion;
  isAsking: boolean;
  onSay(more: ImportOptions): void;
}

const ASKED = {
  output: 'Which output should be read?',
  task: 'What do its numbers mean?',
} as const satisfies Record<ImportQuestion['field'], string>;

/** The one thing that must be said about a model before it can be checked, with all that can be said. */
export function ImportChoice({ question: { field, choices }, isAsking, onSay }: ImportChoiceProps) {
  const id = useId();
  const [chosen, setChosen] = useState<string>();
  return (
    <form
      className={styles.root}
      data-testid="import-choice"
      onSubmit={(event) => {
        event.preventDefault();
        // The server checks what a field may be; the choices are its own.
        if (chosen !== undefined) onSay({ [field]: chosen });
      }}
    >
      <fieldset className={styles.choices}>
        <legend>{ASKED[field]}</legend>
        {choices.map(({ value, text }, index) => (
          <label key={value}>
            <input
              type="radio"
              name={id}
              value={value}
              checked={value === chosen}
              aria-labelledby={`${id}-${index}`}
              {...(field === 'output' && { 'aria-describedby': `${id}-${index}-text` })}
              onChange={() => setChosen(value)}
            />
            <b id={`${id}-${index}`}>{field === 'output' ? value : text}</b>
            {field === 'output' && <small id={`${id}-${index}-text`}>{text}</small>}
          </label>
        ))}
      </fieldset>
      <div className={styles.foot}>
        <PanelButton isMain submits disabled={isAsking || chosen === undefined}>
          Check again
        </PanelButton>
      </div>
    </form>
  );
}
