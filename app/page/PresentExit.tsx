'use client';
import { useEffect, useRef } from 'react';
import { Icon } from '../ui/Icon.tsx';
import styles from './PresentExit.module.css';

/** The way out of presenting: shown when the pointer moves or a key is pressed, and always there for a screen reader. */
export function PresentExit({ isIdle, onLeave }: { isIdle: boolean; onLeave(): void }) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus({ preventScroll: true }), []);
  return (
    <button
      ref={button}
      type="button"
      className={styles.root}
      data-idle={isIdle || undefined}
      aria-label="Leave presentation"
      title="Leave presentation (Escape)"
      onClick={onLeave}
    >
      <Icon name="close" />
    </button>
  );
}
