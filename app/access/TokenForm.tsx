'use client';
import { useEffect, useRef, useState } from 'react';
import { keepTypedEnter } from '../ui/pressedKey.ts';
import { useWords } from '../ui/words/useWords.ts';
import styles from './TokenForm.module.css';

/** A field for a token that was given to a person: typed or pasted. */
export function TokenForm({
  label,
  isWrong,
  isChecking = false,
  onToken,
}: {
  label: string;
  /** What was given last is not right. */
  isWrong: boolean;
  isChecking?: boolean;
  onToken(token: string): void;
}) {
  const { token: words } = useWords();
  const [token, setToken] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (isWrong) field.current?.focus();
  }, [isWrong]);
  return (
    <form
      className={styles.root}
      onKeyDown={keepTypedEnter}
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim() !== '') onToken(token.trim());
      }}
    >
      <input
        ref={field}
        type="password"
        autoComplete="off"
        aria-label={label}
        aria-invalid={isWrong || undefined}
        placeholder={label}
        value={token}
        onChange={(event) => setToken(event.currentTarget.value)}
      />
      <button type="submit" disabled={token.trim() === '' || isChecking}>
        {isChecking ? words.checking : words.use}
      </button>
    </form>
  );
}
