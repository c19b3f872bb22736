'use client';
import { useId } from 'react';
import { BACKEND_MODES, type BackendMode } from '../../recognizers/backend.ts';
import hidden from '../../ui/SrOnly.module.css';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './ModeChoice.module.css';

/** The three positions, each with what it means. */
export function ModeChoice({ mode, onMode }: { mode: BackendMode; onMode(mode: BackendMode): void }) {
  const { backendModes, backendPanel } = useWords();
  const id = useId();
  return (
    <fieldset className={styles.root}>
      <legend className={hidden.srOnly}>{backendPanel.choose}</legend>
      {BACKEND_MODES.map((one) => (
        <label key={one}>
          <input
            type="radio"
            name={id}
            value={one}
            checked={one === mode}
            aria-labelledby={`${id}-${one}`}
            aria-describedby={`${id}-${one}-means`}
            onChange={() => onMode(one)}
          />
          <b id={`${id}-${one}`}>{backendModes[one].name}</b>
          <small id={`${id}-${one}-means`}>{backendModes[one].means}</small>
        </label>
      ))}
    </fieldset>
  );
}
