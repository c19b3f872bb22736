'use client';
import { useEffect, useId, useState } from 'react';
import { MAX_NAME_CHARS } from '../../../protocol/relay.ts';
import { lastName } from '../../share/shareConsent.ts';
import { PanelButton } from '../../ui/PanelButton.tsx';
import { keepTypedEnter } from '../../ui/pressedKey.ts';
import { Sheet } from '../../ui/Sheet.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './ShareDialog.module.css';

export interface ShareDialogProps {
  isOpen: boolean;
  /** Whether the model may run on this device: then the pictures for a screen are the only ones that leave it. */
  isOnDevice: boolean;
  /** @param name undefined: none was given */
  onAgree(name: string | undefined): void;
  onDecline(): void;
}

/** Asks a person whether this camera may be shown on the screens of the server, and what it is called there. */
export function ShareDialog({ isOpen, isOnDevice, onAgree, onDecline }: ShareDialogProps) {
  const { share } = useWords();
  const [name, setName] = useState('');
  const fieldId = useId();
  useEffect(() => {
    if (isOpen) setName(lastName() ?? '');
  }, [isOpen]);
  return (
    <Sheet
      title={share.askTitle}
      data-testid="share-dialog"
      className={styles.root ?? ''}
      isOpen={isOpen}
      onClose={onDecline}
    >
      <form
        className={styles.form}
        onKeyDown={keepTypedEnter}
        onSubmit={(event) => {
          event.preventDefault();
          onAgree(name.trim() || undefined);
        }}
      >
        <p>{share.askText}</p>
        {isOnDevice && <p>{share.askDevice}</p>}
        <div className={styles.field}>
          <label htmlFor={fieldId}>{share.name}</label>
          <input
            id={fieldId}
            value={name}
            maxLength={MAX_NAME_CHARS}
            autoComplete="off"
            placeholder={share.nameExample}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </div>
        <div className={styles.buttons}>
          <PanelButton isMain submits>
            {share.agree}
          </PanelButton>
          <PanelButton onClick={onDecline}>{share.decline}</PanelButton>
        </div>
      </form>
    </Sheet>
  );
}
