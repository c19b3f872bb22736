'use client';
import type { ReactNode } from 'react';
import { HomeLink } from '../ui/HomeLink.tsx';
import { usePage } from '../ui/usePage.ts';
import styles from './PlainPage.module.css';

/**
 * A page of words: a title, what follows, and the person's language.
 * @param hasHome whether it leads to the camera, too
 */
export function PlainPage({
  title,
  hasHome = false,
  children,
}: {
  title: string;
  hasHome?: boolean;
  children: ReactNode;
}) {
  usePage();
  return (
    <main className={styles.root}>
      <div className={styles.words}>
        {hasHome && <HomeLink />}
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
