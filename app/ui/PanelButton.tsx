'use client';
import type { ReactNode } from 'react';
import styles from './PanelButton.module.css';

export interface PanelButtonProps {
  children: ReactNode;
  /** The one that leads on. */
  isMain?: boolean;
  /** It takes something away. */
  isDangerous?: boolean;
  disabled?: boolean;
  /** It does nothing for a moment: other than one that is disabled, it keeps the focus. */
  isWaiting?: boolean;
  submits?: boolean;
  onClick?(): void;
}

export function PanelButton({
  children,
  isMain,
  isDangerous,
  disabled,
  isWaiting,
  submits,
  onClick,
}: PanelButtonProps) {
  return (
    <button
      type={submits ? 'submit' : 'button'}
      className={styles.root}
      data-main={isMain || undefined}
      data-dangerous={isDangerous || undefined}
      disabled={disabled}
      aria-disabled={isWaiting || undefined}
      onClick={isWaiting ? undefined : onClick}
    >
      {children}
    </button>
  );
}
