'use client';
import type { Update } from '../offline/pwaState.ts';
import { useWords } from '../ui/words/useWords.ts';
import styles from './UpdateToast.module.css';

export interface UpdateToastProps {
  update: Update;
  onReload(): void;
  onLater(): void;
}

/** Asks whether a new version of the page may come in. Stays until it is answered, and holds up nothing. */
export function UpdateToast({ update, onReload, onLater }: UpdateToastProps) {
  const { app } = useWords();
  const titles = {
    waiting: app.updateWaiting,
    elsewhere: app.updateElsewhere,
    reloading: app.updateReloading,
  };
  return (
    <div role="status">
      {update !== 'none' && (
        <div className={styles.toast} data-testid="update">
          <b>{titles[update]}</b>
          {update !== 'reloading' && (
            <div>
              <button type="button" onClick={onLater}>
                {app.later}
              </button>
              <button type="button" data-main onClick={onReload}>
                {app.reload}
              </button>
            </div>
          )}
        </div>
      )}
    </div>
  );
}
