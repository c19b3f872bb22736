'use client';
import { type ComponentProps, type ReactNode, useEffect, useId, useRef } from 'react';
import { focusThing } from './focusThing.ts';
import { Icon } from './Icon.tsx';
import styles from './Sheet.module.css';
import { useWords } from './words/useWords.ts';

export interface SheetProps extends Omit<ComponentProps<'dialog'>, 'ref' | 'title' | 'open' | 'onClose'> {
  title: string;
  children: ReactNode;
  isOpen: boolean;
  /** Only as high as what is in it, so that the picture stays in sight. Default false. */
  isCompact?: boolean;
  /** Asked to close: by its button, by Escape, or by a press outside it. */
  onClose(): void;
}

/** A dialog that comes from below on a phone, and from the right elsewhere, where the picture stays in sight. */
export function Sheet({
  title,
  children,
  isOpen,
  isCompact = false,
  onClose,
  className = '',
  ...rest
}: SheetProps) {
  const { common } = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  const opener = useRef<Element>(null);
  const titleId = useId();
  useEffect(() => {
    if (isOpen) {
      opener.current = document.activeElement;
      dialog.current?.showModal();
    } else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog
      {...rest}
      ref={dialog}
      className={`${styles.root} ${className}`}
      data-compact={isCompact || undefined}
      aria-labelledby={titleId}
      onClose={() => {
        // The browser gives the focus back to what had it; a code that was pressed may be out of sight by now.
        if (opener.current?.isConnected === false) focusThing();
        onClose();
      }}
      onClick={(event) => {
        // Outside the panel: its backdrop belongs to the element too.
        if (event.target === dialog.current) onClose();
      }}
      // One that is closed keeps the focus for a moment: keys are for the page then.
      onKeyDown={(event) => event.currentTarget.open && event.stopPropagation()}
    >
      <div className={styles.sheet}>
        <header className={styles.head}>
          <h2 id={titleId}>{title}</h2>
          <button type="button" aria-label={common.close} onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        <div className={styles.body}>{children}</div>
      </div>
    </dialog>
  );
}
