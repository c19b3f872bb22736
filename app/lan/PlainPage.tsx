'use client';
import type { ReactNode } from 'react';
import { usePage } from '../ui/usePage.ts';
import styles from './PlainPage.module.css';

/** A page of words: a title, what follows, and the person's language. */
export function PlainPage({ title, children }: { title: string; children: ReactNode }) {
  usePage();
  return (
    <main className={styles.root}>
      <div className={styles.words}>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
