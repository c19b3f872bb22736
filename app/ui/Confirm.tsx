'use client';
import { useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import styles from './Confirm.module.css';
import { PanelButton } from './PanelButton.tsx';
import { pressedKey } from './pressedKey.ts';
import { useWords } from './words/useWords.ts';

export interface ConfirmProps {
  /** On the button that asks. */
  ask: string;
  /** What would happen. */
  question: string;
  /** On the button that does it. */
  yes: string;
  onYes(): void;
}

/** A button that takes something away, but not at the first press. */
export function Confirm({ ask, question, yes, onYes }: ConfirmProps) {
  const { common } = useWords();
  const [isAsking, setAsking] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const change = (next: boolean) => {
    flushSync(() => setAsking(next));
    // The button that was pressed is gone, and the focus with it; the last one changes nothing.
    root.current?.querySelector<HTMLElement>('button:last-of-type')?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of its buttons come through here
    <div
      ref={root}
      className={styles.root}
      data-asking={isAsking || undefined}
      onKeyDown={(event) => {
        if (!isAsking || pressedKey(event.nativeEvent) !== 'Escape') return;
        // Nothing is taken away, and of the sheet that it is in, nothing is closed.
        event.preventDefault();
        event.stopPropagation();
        change(false);
      }}
    >
      {isAsking ? (
        <>
          <p role="alert">{question}</p>
          <PanelButton
            isDangerous
            onClick={() => {
              change(false);
              onYes();
            }}
          >
            {yes}
          </PanelButton>
          <PanelButton onClick={() => change(false)}>{common.keep}</PanelButton>
        </>
      ) : (
        <PanelButton isDangerous onClick={() => change(true)}>
          {ask}
        </PanelButton>
      )}
    </div>
  );
}
