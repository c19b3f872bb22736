'use client';
import type { Update } from '../offline/pwaState.ts';
import styles from './UpdateToast.module.css';

export interface UpdateToastProps {
  update: Update;
  onReload(): void;
  onLater(): void;
}

/** Asks whether a new version of the page may come in. Stays until it is answered, and holds up nothing. */
export function UpdateToast({ update, onReload, onLater }: UpdateToastProps) {
  return (
    <div role="status">
      {update !== 'none' && (
        <div className={styles.toast} data-testid="update">
          <b>{TITLES[update]}</b>
          {update !== 'reloading' && (
            <div>
              <button type="button" onClick={onLater}>
                Later
              </button>
              <button type="button" data-main onClick={onReload}>
                Reload
              </button>
            </div>
          )}
        </div>
      )}
    </div>
  );
}

const TITLES = {
  waiting: 'A new version of Livelens is here',
  elsewhere: 'Livelens was updated in another tab',
  reloading: 'Opening the new version …',
} as const;
