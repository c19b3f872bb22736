'use client';
import { useId, useState } from 'react';
import type { ImportOptions, ImportQuestion } from '../../../protocol/models.ts';
import { PanelButton } from '../../ui/PanelButton.tsx';
import { English } from '../../ui/words/English.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './ImportChoice.module.css';

export interface ImportChoiceProps {
  question: ImportQuestion;
  isAsking: boolean;
  onAdd(more: ImportOptions): void;
}

/** The one thing that must be given about a model before it can be checked, with all that it can be. */
export function ImportChoice({ question: { field, choices }, isAsking, onAdd }: ImportChoiceProps) {
  const { questions, report } = useWords();
  const id = useId();
  const [chosen, setChosen] = useState<string>();
  return (
    <form
      className={styles.root}
      data-testid="import-choice"
      onSubmit={(event) => {
        event.preventDefault();
        // The server checks what a field may be; the choices are its own.
        if (chosen !== undefined) onAdd({ [field]: chosen });
      }}
    >
      <fieldset className={styles.choices}>
        <legend>{questions[field]}</legend>
        {choices.map(({ value, text, sentence }, index) => (
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
            <b id={`${id}-${index}`}>
              {field === 'output' ? value : <English text={text} sentence={sentence} />}
            </b>
            {field === 'output' && (
              <small id={`${id}-${index}-text`}>
                <English text={text} sentence={sentence} />
              </small>
            )}
          </label>
        ))}
      </fieldset>
      <div className={styles.foot}>
        <PanelButton isMain submits disabled={isAsking || chosen === undefined}>
          {report.checkAgain}
        </PanelButton>
      </div>
    </form>
  );
}
