'use client';
import { useId, useState } from 'react';
import { PanelButton } from '../../ui/PanelButton.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './LabelNames.module.css';
import { wordsIn } from './wordsIn.ts';

export interface WordsFieldProps {
  /** What the model looks for now. */
  labels: readonly string[];
  isBusy: boolean;
  onChoose(words: readonly string[]): void;
}

/** What a model with a text tower looks for, to be changed. */
export function WordsField({ labels, isBusy, onChoose }: WordsFieldProps) {
  const { modelCard } = useWords();
  const id = useId();
  const known = labels.join('\n');
  const [text, setText] = useState(known);
  const chosen = wordsIn(text);
  return (
    <form
      className={styles.root}
      onSubmit={(event) => {
        event.preventDefault();
        onChoose(chosen);
      }}
    >
      <label htmlFor={id}>{modelCard.words}</label>
      <textarea
        id={id}
        rows={4}
        aria-describedby={`${id}-help`}
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <p id={`${id}-help`} className={styles.note}>
        {modelCard.wordsHelp}
      </p>
      <PanelButton submits disabled={isBusy || chosen.length === 0 || chosen.join('\n') === known}>
        {modelCard.chooseWords}
      </PanelButton>
    </form>
  );
}
