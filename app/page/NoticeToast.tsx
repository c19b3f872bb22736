'use client';
import { useEffect } from 'react';
import type { Notice } from '../lens/lensState.ts';
import { Icon } from '../ui/Icon.tsx';
import { English } from '../ui/words/English.tsx';
import { useWords } from '../ui/words/useWords.ts';
import styles from './NoticeToast.module.css';

const SHOWN_MS = 12_000;

/** A word about something that did not work; disappears after a while. */
export function NoticeToast({ notice, onDismiss }: { notice: Notice | undefined; onDismiss(): void }) {
  const words = useWords();
  const shown = notice?.(words);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the time starts again with each notice, not each render
  useEffect(() => {
    if (notice === undefined) return;
    const timer = setTimeout(onDismiss, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <div role="alert">
      {shown && (
        <div className={styles.toast}>
          <div>
            <b>{shown.title}</b>
            <p>
              {shown.text}
              {shown.english && <English {...shown.english} />}
            </p>
          </div>
          <button type="button" aria-label={words.common.dismiss} onClick={onDismiss}>
            <Icon name="close" size={20} />
          </button>
        </div>
      )}
    </div>
  );
}
