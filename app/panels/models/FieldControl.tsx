'use client';
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

/** The control with which a person says one thing about a model. */
export function FieldControl({ field, text, isChanged, choices, onChange }: FieldControlProps) {
  const { name } = FIELDS[field];
  const control = choices
    ? { kind: 'choice' as const, choices: choices.map((value) => ({ value, name: value })) }
    : FIELDS[field].control;
  if (control.kind === 'choice') {
    return (
      <select
        className={styles.root}
        aria-label={name}
        data-changed={isChanged || undefined}
        value={text}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {!control.choices.some(({ value }) => value === text) && <option value={text}>{text || '–'}</option>}
        {control.choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.name}
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
