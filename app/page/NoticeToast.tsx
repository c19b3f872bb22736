'use client';
import { useEffect } from 'react';
import type { Notice } from '../lens/lensState.ts';
import { Icon } from '../ui/Icon.tsx';
import styles from './NoticeToast.module.css';

const SHOWN_MS = 12_000;

/** A word about something that did not work; goes by itself after a while. */
export function NoticeToast({ notice, onDismiss }: { notice: Notice | undefined; onDismiss(): void }) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the time starts anew with each notice, not each render
  useEffect(() => {
    if (notice === undefined) return;
    const timer = setTimeout(onDismiss, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <div role="alert">
      {notice && (
        <div className={styles.toast}>
          <div>
            <b>{notice.title}</b>
            <p>{notice.text}</p>
          </div>
          <button type="button" aria-label="Dismiss" onClick={onDismiss}>
            <Icon name="close" size={20} />
          </button>
        </div>
      )}
    </div>
  );
}
