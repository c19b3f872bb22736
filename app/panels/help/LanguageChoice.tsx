'use client';
import { useId } from 'react';
import { Icon } from '../../ui/Icon.tsx';
import { LANGUAGE_NAMES, LANGUAGES } from '../../ui/words/language.ts';
import { useSpeech } from '../../ui/words/useWords.ts';
import { setLanguage } from '../../ui/words/words.ts';
import styles from './LanguageChoice.module.css';

/** The languages of the page, each by its own name, so that a person finds theirs whatever the page speaks now. */
export function LanguageChoice() {
  const { language, words } = useSpeech();
  const name = useId();
  return (
    <fieldset className={styles.root}>
      <legend>
        <Icon name="globe" size={20} /> {words.language.title}
      </legend>
      {LANGUAGES.map((one) => (
        <label key={one} lang={one}>
          <input
            type="radio"
            name={name}
            value={one}
            checked={one === language}
            onChange={() => setLanguage(one)}
          />
          {LANGUAGE_NAMES[one]}
        </label>
      ))}
    </fieldset>
  );
}
