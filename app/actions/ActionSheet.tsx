'use client';
import { useId, useState } from 'react';
import { copyText } from '../browser/copyText.ts';
import { saveFile } from '../browser/saveFile.ts';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { Sheet } from '../ui/Sheet.tsx';
import { useWords } from '../ui/words/useWords.ts';
import styles from './ActionSheet.module.css';
import type { Action, ActionFile, Content } from './action.ts';
import { actionsFor } from './actionsFor.ts';
import { Gs1Fields } from './Gs1Fields.tsx';
import { LinkAction } from './LinkAction.tsx';
import { symbologyName } from './symbologyName.ts';
import { WifiDetails } from './WifiDetails.tsx';

export interface ActionSheetProps {
  /** What was read; undefined while nothing is to be shown. */
  content: Content | undefined;
  onClose(): void;
}

/** What was read, and what a person can do with it. Nothing of that happens before they press it. */
export function ActionSheet({ content, onClose }: ActionSheetProps) {
  const { actions } = useWords();
  return (
    <Sheet
      title={actions.title}
      data-testid="action-sheet"
      isCompact
      isOpen={content !== undefined}
      onClose={onClose}
    >
      {content && <ActionList key={content.text || content.bytes} content={content} />}
    </Sheet>
  );
}

function ActionList({ content }: { content: Content }) {
  const { actions: words, thing } = useWords();
  const [copied, setCopied] = useState<boolean>();
  const { text, format, bytes } = content;
  const actions = actionsFor(content, thing.searchUrl);
  const copy = (what: string) => void copyText(what).then(setCopied);
  // What a network's code says holds its password; its details hide that until it is asked for.
  const isNetwork = actions.some(({ kind }) => kind === 'wifi');
  const kind = bytes === undefined ? words.kinds.text : words.kinds.binary;
  return (
    <div className={styles.root}>
      {!isNetwork && (
        <figure className={styles.content}>
          <figcaption>{format === undefined ? kind : words.kinds.code(symbologyName(format))}</figcaption>
          <p data-testid="action-content" dir="auto">
            {bytes === undefined ? visible(text) : words.kinds.binary}
          </p>
        </figure>
      )}
      <ul className={styles.list}>
        {actions.map((action, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they never change while the content is the same.
          <li key={index}>
            <OneAction action={action} onCopy={copy} />
          </li>
        ))}
      </ul>
      <p role="status" className={styles.status}>
        {copied === true && words.copied}
        {copied === false && words.notCopied}
      </p>
    </div>
  );
}

function OneAction({ action, onCopy }: { action: Action; onCopy(text: string): void }) {
  const { actions: words } = useWords();
  switch (action.kind) {
    case 'open':
      return <LinkAction target={action.target} name={words.open(action.target.host)} icon="globe" />;
    case 'search': {
      const { query, about, target } = action;
      return <LinkAction target={target} name={words.search[about](query, target.host)} icon="search" />;
    }
    case 'call':
    case 'message':
    case 'mail':
    case 'place':
      return (
        <a className={styles.action} href={action.href}>
          <Icon name={action.kind} />
          <span>{words[action.kind](action.shown)}</span>
        </a>
      );
    case 'wifi':
      return <WifiDetails network={action.network} onCopy={onCopy} />;
    case 'fields':
      return <Gs1Fields fields={action.fields} />;
    case 'contact':
      return <Press icon="contact" name={words.saveContact(action.name)} onPress={() => save(action.file)} />;
    case 'event':
      return (
        <Press
          icon="calendar"
          name={words.saveEvent}
          detail={words.eventAt(action.startsAt, action.isAllDay)}
          onPress={() => save(action.file)}
        />
      );
    case 'save':
      return <Press icon="drop" name={words.save} onPress={() => save(action.file)} />;
    case 'copy':
      return <Press icon="copy" name={words.copy} onPress={() => onCopy(action.text)} />;
    default:
      return action satisfies never;
  }
}

interface PressProps {
  icon: IconName;
  name: string;
  detail?: string;
  onPress(): void;
}

function Press({ icon, name, detail, onPress }: PressProps) {
  const detailId = useId();
  return (
    <button type="button" className={styles.action} onClick={onPress} aria-describedby={detail && detailId}>
      <Icon name={icon} />
      <span>
        {name}
        {detail !== undefined && <small id={detailId}>{detail}</small>}
      </span>
    </button>
  );
}

/** On a phone, contacts and calendars then offer to take it. */
const save = ({ name, type, content }: ActionFile) => saveFile(new File([content], name, { type }));

/** Marks between fields are seen as such; a text that turns the direction of reading must not hide what it says. */
const visible = (text: string) =>
  text.replaceAll(/[^\P{Cc}\n\r\t]/gu, '␟').replaceAll(/\p{Bidi_Control}|\u200b/gu, '\ufffd');
