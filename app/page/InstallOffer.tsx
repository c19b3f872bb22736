'use client';
import type { Install } from '../offline/pwaState.ts';
import { Icon } from '../ui/Icon.tsx';
import { useWords } from '../ui/words/useWords.ts';
import styles from './InstallOffer.module.css';

/** The way to make the page an app of this device; nothing where there is none, or it is one. */
export function InstallOffer({ install, onInstall }: { install: Install; onInstall(): void }) {
  const { app } = useWords();
  switch (install) {
    case 'unavailable':
    case 'installed':
      return null;
    case 'offered':
      return (
        <button type="button" className={styles.offer} onClick={onInstall}>
          <Icon name="drop" size={20} /> {app.install}
        </button>
      );
    case 'by-hand':
      return (
        // A block in paragraphs, lists and rows alike.
        <span className={styles.hint}>
          {app.installByHand} <Icon name="share" size={18} /> {app.installByHandSteps}
        </span>
      );
    default:
      return install satisfies never;
  }
}
