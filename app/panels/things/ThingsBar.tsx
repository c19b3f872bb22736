'use client';
import { useEffect, useRef } from 'react';
import type { Things } from '../../things/things.ts';
import type { ThingsState } from '../../things/thingsState.ts';
import { Icon } from '../../ui/Icon.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './ThingsBar.module.css';

export interface ThingsBarProps {
  things: Things;
  state: ThingsState;
  /** The teaching view was closed just now: the focus comes back here. */
  takesFocus: boolean;
  /** Opens all that was taught. */
  onOpen(): void;
}

/** In the mode of taught things: teach one more, or look at all of them. */
export function ThingsBar({ things, state: { details }, takesFocus, onOpen }: ThingsBarProps) {
  const words = useWords().things;
  const teach = useRef<HTMLButtonElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only as it comes
  useEffect(() => {
    if (takesFocus && document.activeElement === document.body) teach.current?.focus();
  }, []);
  const count = details?.things.filter(({ isNothing }) => !isNothing).length ?? 0;
  const relearning = details?.relearning;
  return (
    <div className={styles.root} data-testid="things-bar">
      <p role="status">{relearning && words.relearning(relearning.done, relearning.total)}</p>
      {details?.mayChange && (
        <button ref={teach} type="button" data-main="" onClick={() => things.teach()}>
          <Icon name="plus" size={20} />
          {words.teach}
        </button>
      )}
      <button type="button" onClick={onOpen}>
        <Icon name="grid" size={20} />
        {words.open}
        {count > 0 && <small>{count}</small>}
      </button>
    </div>
  );
}
