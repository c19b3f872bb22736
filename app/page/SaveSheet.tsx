'use client';
import { useState } from 'react';
import { saveFile } from '../browser/saveFile.ts';
import { canShareFile, shareFile } from '../browser/shareFile.ts';
import { useBrowserFact } from '../browser/useBrowserFact.ts';
import type { Lens } from '../lens/lens.ts';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { Sheet } from '../ui/Sheet.tsx';
import { useWords } from '../ui/words/useWords.ts';
import styles from './ChoiceList.module.css';

export interface SaveSheetProps {
  lens: Lens;
  isOpen: boolean;
  onClose(): void;
}

const canSharePng = () => canShareFile('picture.png', 'image/png');

/** What can be made of the picture that is shown: a picture with its names, or its labels as a file. */
export function SaveSheet({ lens, isOpen, onClose }: SaveSheetProps) {
  const { freeze } = useWords();
  const hasShare = useBrowserFact(canSharePng, false);
  const [hasFailed, setFailed] = useState(false);
  const use = (make: Promise<File> | undefined, then: (file: File) => void | Promise<void>) => {
    setFailed(false);
    Promise.resolve(make)
      .then((file) => file && then(file))
      .catch(() => setFailed(true));
  };
  const share = (file: File) => shareFile(file, freeze.withNames);
  return (
    <Sheet title={freeze.exportTitle} data-testid="save-sheet" isOpen={isOpen} isCompact onClose={onClose}>
      <ul className={styles.root}>
        {hasShare && (
          <Choice icon="share" name={freeze.share} onClick={() => use(lens.picture?.withNames(), share)} />
        )}
        <Choice
          icon="picture"
          name={`${freeze.save}: ${freeze.withNames}`}
          text={freeze.withNamesText}
          onClick={() => use(lens.picture?.withNames(), saveFile)}
        />
        <Choice
          icon="drop"
          name={`${freeze.save}: ${freeze.labels}`}
          text={freeze.labelsText}
          onClick={() => use(lens.picture?.asCoco(), saveFile)}
        />
      </ul>
      <p role="status" className={styles.said}>
        {hasFailed && freeze.exportFailed}
      </p>
    </Sheet>
  );
}

function Choice({
  icon,
  name,
  text,
  onClick,
}: {
  icon: IconName;
  name: string;
  text?: string;
  onClick(): void;
}) {
  return (
    <li>
      <button type="button" className={styles.choice} onClick={onClick}>
        <Icon name={icon} />
        <span>
          {name}
          {text && <small>{text}</small>}
        </span>
      </button>
    </li>
  );
}
