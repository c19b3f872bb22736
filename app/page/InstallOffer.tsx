'use client';
import type { Install } from '../offline/pwaState.ts';
import { Icon } from '../ui/Icon.tsx';
import styles from './InstallOffer.module.css';

/** The way to make the page an app of this device; nothing where there is none, or it is one. */
export function InstallOffer({ install, onInstall }: { install: Install; onInstall(): void }) {
  switch (install) {
    case 'unavailable':
    case 'installed':
      return null;
    case 'offered':
      return (
        <button type="button" className={styles.offer} onClick={onInstall}>
          <Icon name="drop" size={20} /> Install as an app
        </button>
      );
    case 'by-hand':
      return (
        // A block in paragraphs, lists and rows alike.
        <span className={styles.hint}>
          To have it as an app: <Icon name="share" size={18} /> Share, then Add to Home Screen.
        </span>
      );
    default:
      return install satisfies never;
  }
}
