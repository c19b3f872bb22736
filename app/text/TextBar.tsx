'use client';
import { useState } from 'react';
import { LinkAction } from '../actions/LinkAction.tsx';
import { linkTarget } from '../actions/linkTarget.ts';
import { copyText } from '../browser/copyText.ts';
import { canSpeak, speak } from '../browser/speak.ts';
import { useBrowserFact } from '../browser/useBrowserFact.ts';
import { ActionButton } from '../ui/ActionButton.tsx';
import { Sheet } from '../ui/Sheet.tsx';
import { useSaid } from '../ui/useSaid.ts';
import type { Words } from '../ui/words/en.ts';
import { useWords } from '../ui/words/useWords.ts';
import { searchQuery } from './searchQuery.ts';
import { spokenLanguage } from './spokenLanguage.ts';
import styles from './TextBar.module.css';

export interface TextBarProps {
  /** In reading order; at least one. */
  lines: readonly string[];
}

/** How many lines of text are read, and what can be done with all of them. Nothing leaves this device before a press. */
export function TextBar({ lines }: TextBarProps) {
  const { text: words } = useWords();
  const hasVoice = useBrowserFact(canSpeak, false);
  const [said, say] = useSaid<keyof Words['text']['said']>();
  // Of the lines at the time of the press: those of a live picture change.
  const [searched, search] = useState<string>();
  return (
    <section className={styles.root} aria-label={words.title} data-testid="text-bar">
      <p className={styles.count}>
        <b>{words.lines(lines.length)}</b>
        <small role="status">{said && words.said[said]}</small>
      </p>
      <div className={styles.actions}>
        <ActionButton
          icon="copy"
          name={words.copyAll}
          onClick={() =>
            void copyText(lines.join('\n')).then((isCopied) => say(isCopied ? 'copied' : 'notCopied'))
          }
        />
        {hasVoice && (
          <ActionButton
            icon="speak"
            name={words.readAloud}
            onClick={() => {
              const all = lines.join('\n');
              if (!speak(all, spokenLanguage(all, document.documentElement.lang))) say('noVoice');
            }}
          />
        )}
        <ActionButton icon="search" name={words.search} onClick={() => search(searchQuery(lines))} />
      </div>
      <SearchText query={searched} onClose={() => search(undefined)} />
    </section>
  );
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
