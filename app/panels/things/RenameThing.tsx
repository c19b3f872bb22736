'use client';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
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
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // The button that opened it is gone.
    field.current?.focus();
    field.current?.select();
  }, []);
  const isSame = to.trim() === '' || to.trim() === name;
  const merges = !isSame && isTaken(to);
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (!isSame) onRename(to);
  };
  return (
    <form className={styles.root} onSubmit={onSubmit}>
      <label htmlFor={id} className={hidden.srOnly}>
        {words.newName}
      </label>
      <input
        ref={field}
        id={id}
        type="text"
        value={to}
        maxLength={60}
        autoComplete="off"
        onChange={({ currentTarget }) => setTo(currentTarget.value)}
      />
      <p role="status">{merges && words.mergeAsk(name, to.trim())}</p>
      <PanelButton isMain submits disabled={isSame}>
        {merges ? words.merge : words.save}
      </PanelButton>
      <PanelButton onClick={onCancel}>{words.cancel}</PanelButton>
    </form>
  );
}
