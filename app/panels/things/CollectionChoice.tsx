'use client';
import { useEffect, useId, useState } from 'react';
import { copyText } from '../../browser/copyText.ts';
import { isHere } from '../../things/collection.ts';
import { type Keeping, nameOfCollection } from '../../things/collectionCommands.ts';
import type { Things } from '../../things/things.ts';
import type { ThingsState } from '../../things/thingsState.ts';
import { InlineForm } from '../../ui/InlineForm.tsx';
import { PanelButton } from '../../ui/PanelButton.tsx';
import hidden from '../../ui/SrOnly.module.css';
import { useFocusOpener } from '../../ui/useFocusOpener.ts';
import { useSaid } from '../../ui/useSaid.ts';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './CollectionChoice.module.css';

export interface CollectionChoiceProps {
  things: Things;
  state: ThingsState;
}

const ON_SERVER = ['everyone', 'link'] as const;
const KEEPINGS = [...ON_SERVER, 'here'] as const;

/** Which collection is in use, who sees it, and the door for a new one. */
export function CollectionChoice({ things, state }: CollectionChoiceProps) {
  const words = useWords().things;
  const { collections = [], chosen, details, mayChange, moving } = state;
  const [asks, setAsks] = useState<'create' | 'share'>();
  const [said, say] = useSaid<'linkCopied' | 'linkNotCopied'>();
  const root = useFocusOpener<HTMLDivElement>(asks);
  // biome-ignore lint/correctness/useExhaustiveDependencies: of the collection before, what had the focus is gone
  useEffect(() => {
    if (document.activeElement === document.body)
      root.current?.querySelector('select')?.focus({ preventScroll: true });
  }, [chosen]);
  const id = useId();
  const all = collections.some((one) => one.id === chosen) ? collections : [...collections, { id: chosen }];
  const who: Record<Keeping, string> = { everyone: words.everyone, link: words.byLink, here: words.here };
  const copyLink = () => {
    const link = new URL(`#things=${chosen}`, window.location.href.replace(/#.*/, ''));
    void copyText(link.href).then((isCopied) => say(isCopied ? 'linkCopied' : 'linkNotCopied'));
  };
  return (
    <div ref={root} className={styles.root}>
      <label htmlFor={id}>{words.collection}</label>
      <div className={styles.row}>
        <select
          id={id}
          value={chosen}
          onChange={({ currentTarget }) => void things.choose(currentTarget.value)}
        >
          {all.map((one) => (
            <option key={one.id} value={one.id}>
              {nameOfCollection(one.id)}
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
      {asks === 'create' && (
        <NewCollection
          who={who}
          choices={mayChange ? KEEPINGS : ['here']}
          onCreate={(name, keeping) => {
            setAsks(undefined);
            void things.collections.create(name, keeping);
          }}
          onCancel={() => setAsks(undefined)}
        />
      )}
      {asks === 'share' && (
        <ShareCollection
          who={who}
          onShare={(visibility) => {
            setAsks(undefined);
            void things.collections.share(visibility);
          }}
          onCancel={() => setAsks(undefined)}
        />
      )}
      {asks === undefined && (
        <div className={styles.row}>
          <span data-opens="create">
            <PanelButton onClick={() => setAsks('create')}>{words.createTitle}</PanelButton>
          </span>
          {isHere(chosen) && mayChange && details && details.things.length > 0 && (
            <span data-opens="share">
              <PanelButton disabled={moving !== undefined} onClick={() => setAsks('share')}>
                {words.share}
              </PanelButton>
            </span>
          )}
        </div>
      )}
    </div>
  );
}

interface NewCollectionProps {
  who: Record<Keeping, string>;
  choices: readonly [Keeping, ...Keeping[]];
  onCreate(name: string, keeping: Keeping): void;
  onCancel(): void;
}

function NewCollection({ who, choices, onCreate, onCancel }: NewCollectionProps) {
  const words = useWords().things;
  const [name, setName] = useState('');
  const [keeping, setKeeping] = useState<Keeping>(choices[0]);
  const id = useId();
  return (
    <InlineForm
      name={words.createTitle}
      className={styles.form}
      onSubmit={() => name.trim() !== '' && onCreate(name, keeping)}
      onCancel={onCancel}
    >
      <label htmlFor={id}>{words.createName}</label>
      <input
        id={id}
        type="text"
        value={name}
        maxLength={40}
        autoComplete="off"
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      <WhoSees who={who} choices={choices} chosen={keeping} onChoose={setKeeping} />
      <div className={styles.row}>
        <PanelButton isMain submits disabled={name.trim() === ''}>
          {words.create}
        </PanelButton>
        <PanelButton onClick={onCancel}>{words.cancel}</PanelButton>
      </div>
    </InlineForm>
  );
}

interface ShareCollectionProps {
  who: Record<Keeping, string>;
  onShare(visibility: Exclude<Keeping, 'here'>): void;
  onCancel(): void;
}

/** Moves a collection of this browser to the server; asked for first, as it is sent. */
function ShareCollection({ who, onShare, onCancel }: ShareCollectionProps) {
  const words = useWords().things;
  const [visibility, setVisibility] = useState<(typeof ON_SERVER)[number]>('everyone');
  return (
    <InlineForm
      name={words.share}
      className={styles.form}
      onSubmit={() => onShare(visibility)}
      onCancel={onCancel}
    >
      <p>{words.shareText}</p>
      <WhoSees who={who} choices={ON_SERVER} chosen={visibility} onChoose={(one) => setVisibility(one)} />
      <div className={styles.row}>
        <PanelButton isMain submits>
          {words.shareYes}
        </PanelButton>
        <PanelButton onClick={onCancel}>{words.cancel}</PanelButton>
      </div>
    </InlineForm>
  );
}

function WhoSees<const T extends Keeping>({
  who,
  choices,
  chosen,
  onChoose,
}: {
  who: Record<Keeping, string>;
  choices: readonly T[];
  chosen: NoInfer<T>;
  onChoose(keeping: T): void;
}) {
  const words = useWords().things;
  const id = useId();
  return (
    <fieldset>
      <legend>{words.whoSees}</legend>
      {choices.map((one) => (
        <label key={one}>
          <input type="radio" name={id} checked={chosen === one} onChange={() => onChoose(one)} />
          {who[one]}
        </label>
      ))}
    </fieldset>
  );
}
