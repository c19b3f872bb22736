'use client';
import type { Words } from '../../ui/words/en.ts';
import { useWords } from '../../ui/words/useWords.ts';
import { FIELDS, type Field } from './decisionFields.ts';
import styles from './FieldControl.module.css';

export interface FieldControlProps {
  field: Field;
  text: string;
  /** It differs from what the report was made with. */
  isChanged: boolean;
  /** All that a field can be of this model, where that is not the same for all. */
  choices?: readonly string[];
  onChange(text: string): void;
}

/** The control with which a person sets one field of a model. */
export function FieldControl({ field, text, isChanged, choices, onChange }: FieldControlProps) {
  const words = useWords();
  const name = words.fields[field];
  const control = choices ? { kind: 'choice' as const, choices } : FIELDS[field];
  if (control.kind === 'choice') {
    return (
      <select
        className={styles.root}
        aria-label={name}
        data-changed={isChanged || undefined}
        value={text}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {!control.choices.includes(text) && <option value={text}>{text || '–'}</option>}
        {control.choices.map((choice) => (
          <option key={choice} value={choice}>
            {choiceText(words, field, choice)}
          </option>
        ))}
      </select>
    );
  }
  return (
    <input
      className={styles.root}
      aria-label={name}
      data-changed={isChanged || undefined}
      type="text"
      inputMode={control.kind === 'text' ? 'text' : 'decimal'}
      autoComplete="off"
      spellCheck={false}
      value={text}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

/** In words where the value alone is unclear; the outputs of a model have names of their own. */
function choiceText({ choices }: Words, field: Field, choice: string): string {
  return field !== 'output' && Object.hasOwn(choices, choice)
    ? choices[choice as keyof typeof choices]
    : choice;
}
