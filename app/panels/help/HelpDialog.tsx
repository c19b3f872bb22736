'use client';
import type { ReactNode } from 'react';
import { DeviceCheckLink } from '../../ui/DeviceCheckLink.tsx';
import { Icon, type IconName } from '../../ui/Icon.tsx';
import { PageLink } from '../../ui/PageLink.tsx';
import { PanelButton } from '../../ui/PanelButton.tsx';
import { Sheet } from '../../ui/Sheet.tsx';
import { SHORTCUTS } from '../../ui/shortcuts.ts';
import { useMediaQuery } from '../../ui/useMediaQuery.ts';
import type { Words } from '../../ui/words/en.ts';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './HelpDialog.module.css';
import { LanguageChoice } from './LanguageChoice.tsx';

const TOPICS: readonly { topic: keyof Words['help']['topics']; icon: IconName }[] = [
  { topic: 'look', icon: 'camera' },
  { topic: 'act', icon: 'search' },
  { topic: 'freeze', icon: 'freeze' },
  { topic: 'source', icon: 'sources' },
  { topic: 'confidence', icon: 'check' },
  { topic: 'models', icon: 'models' },
  { topic: 'backend', icon: 'device' },
];

/** What a person can do with the page and how; the keys, where there is a keyboard; and the language. */
export function HelpDialog({
  isOpen,
  onClose,
  installOffer,
  onShare,
}: {
  isOpen: boolean;
  onClose(): void;
  installOffer: ReactNode;
  /** Asks whether the camera may be shown on a screen; undefined: there is none to show, or it is shown. */
  onShare: (() => void) | undefined;
}) {
  const { help, share, wall, measure } = useWords();
  // A device with a mouse has a keyboard.
  const hasKeyboard = useMediaQuery('(hover: hover) and (pointer: fine)');
  return (
    <Sheet title={help.title} data-testid="help-panel" isOpen={isOpen} onClose={onClose}>
      <LanguageChoice />
      <ul className={styles.topics}>
        {TOPICS.map(({ topic, icon }) => (
          <li key={topic}>
            <Icon name={icon} />
            <div>
              <h3>{help.topics[topic].title}</h3>
              <p>{help.topics[topic].text}</p>
            </div>
          </li>
        ))}
      </ul>
      {onShare && (
        <div>
          <PanelButton onClick={onShare}>{share.open}</PanelButton>
        </div>
      )}
      <nav className={styles.pages} aria-labelledby="help-pages">
        <h3 id="help-pages">{help.pagesTitle}</h3>
        <DeviceCheckLink />
        <PageLink page="screen" name={wall.open} icon="grid" inNewTab />
        <PageLink page="measure" name={measure.open} icon="busy" />
      </nav>
      {installOffer}
      {hasKeyboard && (
        <section className={styles.keys} aria-labelledby="help-keys">
          <h3 id="help-keys">{help.keysTitle}</h3>
          <dl>
            {SHORTCUTS.map(({ keys, shortcut }) => (
              <div key={shortcut}>
                <dt>
                  {keys.map((key) => (
                    <kbd key={key}>{key === 'Space' ? help.space : key}</kbd>
                  ))}
                </dt>
                <dd>{help.keys[shortcut]}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
    </Sheet>
  );
}
