'use client';
import type { ReactNode } from 'react';
import type { Lens } from '../lens/lens.ts';
import { useWords } from '../ui/words/useWords.ts';
import { SourceRow } from './SourceRow.tsx';
import { StillLife } from './StillLife.tsx';
import type { SourceChoice } from './useSources.tsx';
import styles from './WelcomeScreen.module.css';

/** The first screen: what this is, and one button. */
export function WelcomeScreen({
  lens,
  sources,
  installOffer,
}: {
  lens: Lens | undefined;
  sources: readonly SourceChoice[];
  installOffer: ReactNode;
}) {
  const { about } = useWords();
  return (
    <section className={styles.root}>
      <div className={styles.scene}>
        <StillLife />
      </div>
      <div className={styles.words}>
        <h1>Livelens</h1>
        <p>{about.description}</p>
        {/* Disabled until the page can act on it, so that no press is lost. */}
        <button
          type="button"
          className={styles.start}
          disabled={lens === undefined}
          onClick={() => void lens?.startCamera()}
        >
          {about.start}
        </button>
        <SourceRow sources={sources} disabled={lens === undefined} />
        {installOffer}
      </div>
    </section>
  );
}
