'use client';
import { type ReactNode, useEffect, useRef } from 'react';
import { HOLD } from '../../page/ConfidenceSlider.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { SHORTCUTS } from '../../ui/shortcuts.ts';
import styles from './HelpDialog.module.css';

/** The keys of the page. */
export function HelpDialog({
  isOpen,
  onClose,
  installOffer,
}: {
  isOpen: boolean;
  onClose(): void;
  installOffer: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog ref={dialog} className={styles.root} aria-labelledby="help-title" onClose={onClose}>
      <header>
        <h2 id="help-title">Keys</h2>
        <button type="button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <dl>
        {SHORTCUTS.map(({ keys, does }) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p>Confidence: {HOLD}</p>
      <p>Drop a picture or a video anywhere, or paste a picture.</p>
      {installOffer}
    </dialog>
  );
}
