'use client';
import { useEffect, useRef } from 'react';
import type { CollectionDetails } from '../../../protocol/things.ts';
import { relearningNews } from '../../things/relearningNews.ts';
import type { Things } from '../../things/things.ts';
import type { ThingsState } from '../../things/thingsState.ts';
import { Icon } from '../../ui/Icon.tsx';
import hidden from '../../ui/SrOnly.module.css';
import { useSaid } from '../../ui/useSaid.ts';
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
  const [said, say] = useSaid<'relearningBegun' | 'relearningEnded'>();
  const before = useRef<CollectionDetails>(undefined);
  useEffect(() => {
    const news = relearningNews(before.current, details);
    if (news !== undefined) say(news);
    before.current = details;
  }, [details, say]);
  return (
    <div className={styles.root} data-testid="things-bar">
      {relearning && <p>{words.relearning(relearning.done, relearning.total)}</p>}
      {/* Without the numbers: a screen reader would say each of them. */}
      <span className={hidden.srOnly} role="status">
        {said && words[said]}
      </span>
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
