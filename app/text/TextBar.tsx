'use client';
import { useEffect, useRef, useState } from 'react';
import { LinkAction } from '../actions/LinkAction.tsx';
import { linkTarget } from '../actions/linkTarget.ts';
import { copyText } from '../browser/copyText.ts';
import { canSpeak, speak } from '../browser/speak.ts';
import { useBrowserFact } from '../browser/useBrowserFact.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Icon } from '../ui/Icon.tsx';
import { Sheet } from '../ui/Sheet.tsx';
import { Spoken } from '../ui/Spoken.tsx';
import { useSaid } from '../ui/useSaid.ts';
import type { Words } from '../ui/words/en.ts';
import { useWords } from '../ui/words/useWords.ts';
import { searchQuery } from './searchQuery.ts';
import { spokenLanguage } from './spokenLanguage.ts';
import styles from './TextBar.module.css';

export interface TextBarProps {
  /** Of what is around the bar; absent with it while there are no lines. */
  className: string | undefined;
  /** In reading order. */
  lines: readonly { readonly text: string; readonly isSelected: boolean }[];
  onUnselect(): void;
}

/**
 * How many lines of text are read, and what can be done with those that a person selected, or with all of them. Nothing
 * leaves this device before a press.
 */
export function TextBar({ className, lines, onUnselect }: TextBarProps) {
  const { text: words } = useWords();
  const hasVoice = useBrowserFact(canSpeak, false);
  const [said, say] = useSaid<keyof Words['text']['said']>();
  // Of the lines at the time of the press: those of a live picture change.
  const [searched, search] = useState<string>();
  const selected = lines.filter(({ isSelected }) => isSelected);
  const isSelection = selected.length > 0;
  const meant = (isSelection ? selected : lines).map(({ text }) => text);
  const all = meant.join('\n');
  const count = isSelection ? words.selected(selected.length, lines.length) : words.lines(lines.length);
  useCopyKey(isSelection ? all : undefined, () => say('copied'));
  return (
    <>
      {lines.length > 0 && (
        <div className={className}>
          <section className={styles.root} aria-label={words.title} data-testid="text-bar">
            <p className={styles.count}>
              <b>{count}</b>
              <small role="status">{said && words.said[said]}</small>
            </p>
            {/* The number of all lines changes with a live picture. */}
            <Spoken text={isSelection ? count : ''} step={selected.length} />
            <div className={styles.actions}>
              <ActionButton
                icon="copy"
                name={isSelection ? words.copy : words.copyAll}
                onClick={() => void copyText(all).then((isCopied) => say(isCopied ? 'copied' : 'notCopied'))}
              />
              {hasVoice && (
                <ActionButton
                  icon="speak"
                  name={words.readAloud}
                  onClick={() => {
                    if (!speak(all, spokenLanguage(all, document.documentElement.lang))) say('noVoice');
                  }}
                />
              )}
              <ActionButton icon="search" name={words.search} onClick={() => search(searchQuery(meant))} />
              {isSelection && (
                <button
                  type="button"
                  className={styles.unselect}
                  aria-label={words.unselect}
                  title={words.unselect}
                  onClick={onUnselect}
                >
                  <Icon name="close" size={20} />
                </button>
              )}
            </div>
          </section>
        </div>
      )}
      {/* It stays open when a live picture shows no lines any more. */}
      <SearchText query={searched} onClose={() => search(undefined)} />
    </>
  );
}

/** The system's own key for copying takes the selected lines, where nothing else is selected. */
function useCopyKey(text: string | undefined, onCopied: () => void): void {
  const latest = useRef(onCopied);
  latest.current = onCopied;
  useEffect(() => {
    if (text === undefined) return;
    const onCopy = (event: ClipboardEvent) => {
      const { target, clipboardData } = event;
      const isElsewhere = target instanceof Element && target.closest('input, textarea, dialog') !== null;
      if (isElsewhere || String(document.getSelection()) !== '') return;
      clipboardData?.setData('text/plain', text);
      event.preventDefault();
      latest.current();
    };
    document.addEventListener('copy', onCopy);
    return () => document.removeEventListener('copy', onCopy);
  }, [text]);
}

/** Shows what would be sent to which host, with the link that does it. */
function SearchText({ query, onClose }: { query: string | undefined; onClose(): void }) {
  const { text: words, thing } = useWords();
  const target = query === undefined ? undefined : linkTarget(thing.searchUrl(query));
  return (
    <Sheet
      title={words.searchTitle}
      data-testid="text-search"
      isOpen={target !== undefined}
      isCompact
      onClose={onClose}
    >
      {target && (
        <div className={styles.search}>
          <p>{thing.searchText}</p>
          <blockquote dir="auto">{query}</blockquote>
          <LinkAction target={target} name={words.searchOn(target.host)} icon="search" />
        </div>
      )}
    </Sheet>
  );
}
