'use client';
import { useEffect, useRef } from 'react';
import { Icon } from '../ui/Icon.tsx';
import { useWords } from '../ui/words/useWords.ts';
import styles from './PresentExit.module.css';

/** The way out of presenting: shown when the pointer moves or a key is pressed, and always there for a screen reader. */
export function PresentExit({ isIdle, onLeave }: { isIdle: boolean; onLeave(): void }) {
  const { stage } = useWords();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus({ preventScroll: true }), []);
  return (
    <button
      ref={button}
      type="button"
      className={styles.root}
      data-idle={isIdle || undefined}
      aria-label={stage.leavePresentation}
      title={stage.leavePresentationTitle}
      onClick={onLeave}
    >
      <Icon name="close" />
    </button>
  );
}
