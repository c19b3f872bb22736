'use client';
import { useId, useRef, useState } from 'react';
import type { TaughtThingInfo } from '../../../protocol/things.ts';
import { picturesOf } from '../../things/pictureOf.ts';
import type { Things } from '../../things/things.ts';
import { Icon } from '../../ui/Icon.tsx';
import { PanelButton } from '../../ui/PanelButton.tsx';
import hidden from '../../ui/SrOnly.module.css';
import { useFocusOpener } from '../../ui/useFocusOpener.ts';
import { useWords } from '../../ui/words/useWords.ts';
import { RenameThing } from './RenameThing.tsx';
import { SamplePicture } from './SamplePicture.tsx';
import styles from './ThingRow.module.css';

export interface ThingRowProps {
  things: Things;
  thing: TaughtThingInfo;
  mayChange: boolean;
  /** The name belongs to another thing already. */
  isTaken(name: string): boolean;
  /** More samples of it are wanted. */
  onTeach(): void;
}

/** Newest samples that are shown at first. */
const SHOWN = 12;

/** A thing that was taught; opened, its samples and what can be done with it. */
export function ThingRow({ things, thing, mayChange, isTaken, onTeach }: ThingRowProps) {
  const words = useWords().things;
  const [isOpen, setOpen] = useState(false);
  const [areAllShown, setAllShown] = useState(false);
  const [isRenaming, setRenaming] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const root = useFocusOpener<HTMLLIElement>(isRenaming ? 'rename' : undefined);
  const partsId = useId();
  const { id, isNothing, samples } = thing;
  const name = isNothing ? words.nothing : thing.name;
  const newest = samples.map((sample, at) => ({ ...sample, number: at + 1 })).reverse();
  const shown = areAllShown ? newest : newest.slice(0, SHOWN);
  return (
    <li ref={root} className={styles.root} data-testid="thing">
      <button
        type="button"
        className={styles.head}
        aria-expanded={isOpen}
        aria-controls={partsId}
        onClick={() => setOpen(!isOpen)}
      >
        <span className={styles.thumbnail}>
          <SamplePicture things={things} sampleId={newest[0]?.id} alt="" />
        </span>
        <span className={styles.name}>
          <b>{name}</b>
          <small>{words.samples(samples.length)}</small>
        </span>
        <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
          <path d="M6 9.5l6 6 6-6" />
        </svg>
      </button>
      <div id={partsId} hidden={!isOpen} className={styles.parts}>
        {isOpen && (
          <ul className={styles.samples} aria-label={words.more(name)}>
            {shown.map(({ id: sampleId, number }) => (
              <li key={sampleId}>
                <SamplePicture things={things} sampleId={sampleId} alt={words.sample(number, name)} />
                {mayChange && (
                  <button
                    type="button"
                    aria-label={words.removeSample(number, name)}
                    onClick={() => void things.removeSample(id, sampleId)}
                  >
                    <Icon name="close" size={16} />
                  </button>
                )}
              </li>
            ))}
          </ul>
        )}
        {newest.length > shown.length && (
          <PanelButton onClick={() => setAllShown(true)}>
            {words.older(newest.length - shown.length)}
          </PanelButton>
        )}
        {mayChange && isRenaming && (
          <RenameThing
            name={thing.name}
            isTaken={isTaken}
            onRename={(to) => {
              setRenaming(false);
              void things.rename(id, to);
            }}
            onCancel={() => setRenaming(false)}
          />
        )}
        {mayChange && !isRenaming && (
          <div className={styles.actions}>
            <PanelButton isMain onClick={onTeach}>
              <span aria-hidden="true">{words.moreSamples}</span>
              <span className={hidden.srOnly}>{words.moreSamplesOf(name)}</span>
            </PanelButton>
            <PanelButton onClick={() => files.current?.click()}>
              <span aria-hidden="true">{words.addPictures}</span>
              <span className={hidden.srOnly}>{words.addPicturesOf(name)}</span>
            </PanelButton>
            {!isNothing && (
              <span data-opens="rename">
                <PanelButton onClick={() => setRenaming(true)}>{words.rename(name)}</PanelButton>
              </span>
            )}
            <PanelButton isDangerous onClick={() => void things.removeThing(id)}>
              {words.removeThing(name)}
            </PanelButton>
            <input
              ref={files}
              type="file"
              accept="image/*"
              multiple
              hidden
              data-testid="sample-input"
              onChange={({ currentTarget }) => {
                const chosen = [...(currentTarget.files ?? [])];
                currentTarget.value = '';
                void things.addPictures(picturesOf(chosen, thing));
              }}
            />
          </div>
        )}
      </div>
    </li>
  );
}
