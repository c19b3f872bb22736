'use client';
import { useEffect, useRef } from 'react';
import { useStore } from '../browser/useStore.ts';
import { type History, INITIAL_HISTORY } from '../history/history.ts';
import { MAX_AGE_DAYS, MAX_ENTRIES, type StoredEntry } from '../history/historyEntry.ts';
import { Confirm } from '../ui/Confirm.tsx';
import { Icon } from '../ui/Icon.tsx';
import { Sheet } from '../ui/Sheet.tsx';
import { useWords } from '../ui/words/useWords.ts';
import styles from './HistorySheet.module.css';

export interface HistorySheetProps {
  history: History;
  isOpen: boolean;
  onClose(): void;
}

/** What was looked at closely, kept in this browser only, if a person wants that. */
export function HistorySheet({ history, isOpen, onClose }: HistorySheetProps) {
  const words = useWords();
  const { isOn, entries, hasFailed } = useStore(history.store, INITIAL_HISTORY);
  useEffect(() => {
    if (isOpen) void history.refresh();
  }, [history, isOpen]);
  return (
    <Sheet title={words.history.title} data-testid="history-panel" isOpen={isOpen} onClose={onClose}>
      <div className={styles.root}>
        <p className={styles.text}>{words.history.text}</p>
        <label className={styles.switch}>
          <span>
            {words.history.keep}
            <small>{words.history.limits(MAX_ENTRIES, MAX_AGE_DAYS)}</small>
          </span>
          <input
            type="checkbox"
            checked={isOn}
            onChange={(event) => history.setOn(event.currentTarget.checked)}
          />
        </label>
        {hasFailed && <p role="alert">{words.history.failed}</p>}
        {entries.length === 0 ? (
          <p className={styles.empty}>{isOn ? words.history.empty : words.history.offEmpty}</p>
        ) : (
          <>
            <ul className={styles.list}>
              {entries.map((entry) => (
                <Entry key={entry.id} entry={entry} onRemove={() => void history.remove(entry.id)} />
              ))}
            </ul>
            <Confirm
              ask={words.history.clear}
              question={words.history.clearAsk}
              yes={words.history.clearYes}
              onYes={() => void history.clear()}
            />
          </>
        )}
      </div>
    </Sheet>
  );
}

function Entry({ entry, onRemove }: { entry: StoredEntry; onRemove(): void }) {
  const { history, seen, format } = useWords();
  const picture = useRef<HTMLImageElement>(null);
  const { thumbnail, kind, label, text, atMs } = entry;
  useEffect(() => {
    const url = URL.createObjectURL(thumbnail);
    if (picture.current) picture.current.src = url;
    return () => URL.revokeObjectURL(url);
  }, [thumbnail]);
  const name = kind === 'moment' ? history.moment : (text ?? seen.label(label));
  return (
    <li>
      {/* biome-ignore lint/performance/noImgElement: a picture of this device's own */}
      <img ref={picture} alt="" />
      <div>
        <b>{name}</b>
        <small>{format.date(atMs)}</small>
      </div>
      <button type="button" aria-label={history.remove(name)} onClick={onRemove}>
        <Icon name="close" size={20} />
      </button>
    </li>
  );
}
