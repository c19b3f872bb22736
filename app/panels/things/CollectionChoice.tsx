'use client';
import { type FormEvent, useId, useState } from 'react';
import { copyText } from '../../browser/copyText.ts';
import { isHere } from '../../things/collection.ts';
import type { Things } from '../../things/things.ts';
import type { ThingsState } from '../../things/thingsState.ts';
import { PanelButton } from '../../ui/PanelButton.tsx';
import hidden from '../../ui/SrOnly.module.css';
import { useSaid } from '../../ui/useSaid.ts';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './CollectionChoice.module.css';

export interface CollectionChoiceProps {
  things: Things;
  state: ThingsState;
}

const VISIBILITIES = ['everyone', 'link', 'here'] as const;
type Visibility = (typeof VISIBILITIES)[number];

/** Without what only a link has. */
const nameOf = (id: string) => id.replace(/^@/, '').replace(/-[a-z2-7]{22}$/, '');

/** Which collection is in use, who sees it, and the door for a new one. */
export function CollectionChoice({ things, state }: CollectionChoiceProps) {
  const words = useWords().things;
  const { collections = [], chosen, details, mayChange } = state;
  const [isMaking, setMaking] = useState(false);
  const [said, say] = useSaid<'linkCopied' | 'linkNotCopied'>();
  const id = useId();
  const all = collections.some((one) => one.id === chosen) ? collections : [...collections, { id: chosen }];
  const who: Record<Visibility, string> = { everyone: words.everyone, link: words.byLink, here: words.here };
  const copyLink = () => {
    const link = new URL(`#things=${chosen}`, window.location.href.replace(/#.*/, ''));
    void copyText(link.href).then((isCopied) => say(isCopied ? 'linkCopied' : 'linkNotCopied'));
  };
  return (
    <div className={styles.root}>
      <label htmlFor={id}>{words.collection}</label>
      <div className={styles.row}>
        <select
          id={id}
          value={chosen}
          onChange={({ currentTarget }) => void things.choose(currentTarget.value)}
        >
          {all.map((one) => (
            <option key={one.id} value={one.id}>
              {nameOf(one.id)}
            </option>
          ))}
        </select>
        {details && !isHere(chosen) && (
          <PanelButton onClick={copyLink}>{said ? words[said] : words.copyLink}</PanelButton>
        )}
      </div>
      <small>{details && who[isHere(chosen) ? 'here' : details.visibility]}</small>
      <p role="status" className={hidden.srOnly}>
        {said && words[said]}
      </p>
      {isMaking ? (
        <NewCollection
          who={who}
          choices={mayChange ? VISIBILITIES : ['here']}
          onCreate={(name, visibility) => {
            setMaking(false);
            void things.create(name, visibility);
          }}
          onCancel={() => setMaking(false)}
        />
      ) : (
        <PanelButton onClick={() => setMaking(true)}>{words.createTitle}</PanelButton>
      )}
    </div>
  );
}

interface NewCollectionProps {
  who: Record<Visibility, string>;
  choices: readonly [Visibility, ...Visibility[]];
  onCreate(name: string, visibility: Visibility): void;
  onCancel(): void;
}

function NewCollection({ who, choices, onCreate, onCancel }: NewCollectionProps) {
  const words = useWords().things;
  const [name, setName] = useState('');
  const [visibility, setVisibility] = useState<Visibility>(choices[0]);
  const id = useId();
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== '') onCreate(name, visibility);
  };
  return (
    <form className={styles.form} onSubmit={onSubmit}>
      <label htmlFor={id}>{words.createName}</label>
      <input
        id={id}
        type="text"
        value={name}
        maxLength={40}
        autoComplete="off"
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      <fieldset>
        <legend>{words.whoSees}</legend>
        {choices.map((one) => (
          <label key={one}>
            <input
              type="radio"
              name={`${id}-visibility`}
              checked={visibility === one}
              onChange={() => setVisibility(one)}
            />
            {who[one]}
          </label>
        ))}
      </fieldset>
      <div className={styles.row}>
        <PanelButton isMain submits disabled={name.trim() === ''}>
          {words.create}
        </PanelButton>
        <PanelButton onClick={onCancel}>{words.cancel}</PanelButton>
      </div>
    </form>
  );
}
