'use client';
import { type ReactNode, useEffect, useLayoutEffect } from 'react';
import { tellStarted } from '../browser/started.ts';
import { declareLanguage } from '../ui/words/declareLanguage.ts';
import { useSpeech } from '../ui/words/useWords.ts';
import { speech } from '../ui/words/words.ts';
import styles from './PlainPage.module.css';

/** A page of words: a title, what follows, and the person's language. */
export function PlainPage({ title, children }: { title: string; children: ReactNode }) {
  const { language } = useSpeech();
  useEffect(tellStarted, []);
  useLayoutEffect(() => {
    // React takes the page over in English, as it was delivered.
    if (language === speech().language) declareLanguage(language);
  }, [language]);
  return (
    <main className={styles.root}>
      <div className={styles.words}>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
