'use client';
import { canShareFile } from '../browser/shareFile.ts';
import { useBrowserFact } from '../browser/useBrowserFact.ts';
import { Icon } from '../ui/Icon.tsx';
import { Sheet } from '../ui/Sheet.tsx';
import { useWords } from '../ui/words/useWords.ts';
import styles from './ChoiceList.module.css';
import type { ThingActions } from './useThingActions.ts';

export interface SearchSheetProps {
  /** Of the thing, in the page's language. */
  name: string;
  actions: ThingActions;
  isOpen: boolean;
  onClose(): void;
}

const canSharePng = () => canShareFile('thing.png', 'image/png');

/** Ways to search the web for a thing. Each is a person's own step: the page itself sends nothing to anyone. */
export function SearchSheet({ name, actions, isOpen, onClose }: SearchSheetProps) {
  const { thing } = useWords();
  const hasShare = useBrowserFact(canSharePng, false);
  const url = thing.searchUrl(name);
  return (
    <Sheet
      title={thing.searchTitle(name)}
      data-testid="search-sheet"
      isOpen={isOpen}
      isCompact
      onClose={onClose}
    >
      <p className={styles.text}>{thing.searchText}</p>
      <ul className={styles.root}>
        {hasShare && (
          <li>
            <button type="button" className={styles.choice} onClick={actions.share}>
              <Icon name="share" />
              <span>{thing.share}</span>
            </button>
          </li>
        )}
        <li>
          <button type="button" className={styles.choice} onClick={actions.copyPicture}>
            <Icon name="copy" />
            <span>
              {thing.copyPicture}
              <small>{thing.copyPictureText}</small>
            </span>
          </button>
        </li>
        <li>
          <a className={styles.choice} href={url} target="_blank" rel="noreferrer">
            <Icon name="globe" />
            <span>
              {thing.searchByName(new URL(url).host)}
              <small>{name}</small>
            </span>
          </a>
        </li>
      </ul>
      <p role="status" className={styles.said}>
        {actions.said}
      </p>
    </Sheet>
  );
}
