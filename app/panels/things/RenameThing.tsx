'use client';
import { useId, useState } from 'react';
import { InlineForm } from '../../ui/InlineForm.tsx';
import { PanelButton } from '../../ui/PanelButton.tsx';
import hidden from '../../ui/SrOnly.module.css';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './RenameThing.module.css';

export interface RenameThingProps {
  name: string;
  /** The name belongs to another thing already: both would become one. */
  isTaken(name: string): boolean;
  onRename(name: string): void;
  onCancel(): void;
}

/** Gives a thing another name; asks before it becomes one with another. */
export function RenameThing({ name, isTaken, onRename, onCancel }: RenameThingProps) {
  const words = useWords().things;
  const [to, setTo] = useState(name);
  const id = useId();
  const mergeId = useId();
  const isSame = to.trim() === '' || to.trim() === name;
  const merges = !isSame && isTaken(to);
  return (
    <InlineForm
      name={words.rename(name)}
      className={styles.root}
      onSubmit={() => !isSame && onRename(to)}
      onCancel={onCancel}
    >
      <label htmlFor={id} className={hidden.srOnly}>
        {words.newName}
      </label>
      <input
        id={id}
        type="text"
        value={to}
        maxLength={60}
        aria-describedby={merges ? mergeId : undefined}
        autoComplete="off"
        onChange={({ currentTarget }) => setTo(currentTarget.value)}
      />
      <p id={mergeId} role="status">
        {merges && words.mergeAsk(name, to.trim())}
      </p>
      <PanelButton isMain submits disabled={isSame}>
        {merges ? words.merge : words.save}
      </PanelButton>
      <PanelButton onClick={onCancel}>{words.cancel}</PanelButton>
    </InlineForm>
  );
}
