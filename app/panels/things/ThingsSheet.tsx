'use client';
import { type DragEvent, useEffect, useRef } from 'react';
import { chosenFiles, droppedFiles } from '../../models/modelFiles.ts';
import { isHere } from '../../things/collection.ts';
import { nameOfCollection } from '../../things/collectionCommands.ts';
import { picturesInFolders } from '../../things/pictureOf.ts';
import type { Things } from '../../things/things.ts';
import { type ThingsState, thingNamed } from '../../things/thingsState.ts';
import { Confirm } from '../../ui/Confirm.tsx';
import { PanelButton } from '../../ui/PanelButton.tsx';
import { Sheet } from '../../ui/Sheet.tsx';
import { useWords } from '../../ui/words/useWords.ts';
import { AddedPictures } from './AddedPictures.tsx';
import { CollectionChoice } from './CollectionChoice.tsx';
import { Embedder } from './Embedder.tsx';
import { TakeAway } from './TakeAway.tsx';
import { ThingRow } from './ThingRow.tsx';
import { ThingsProblem } from './ThingsProblem.tsx';
import styles from './ThingsSheet.module.css';

export interface ThingsSheetProps {
  things: Things;
  state: ThingsState;
  isOpen: boolean;
  onClose(): void;
}

/** All that was taught: thing by thing, sample by sample; other collections, pictures of a disk, and files for elsewhere. */
export function ThingsSheet({ things, state, isOpen, onClose }: ThingsSheetProps) {
  const words = useWords();
  const { things: texts } = words;
  const { details, removed, problem, adding } = state;
  const folder = useRef<HTMLInputElement>(null);
  const undo = useRef<HTMLDivElement>(null);
  const mayChange = details?.mayChange ?? false;
  useEffect(() => {
    // What had the focus was taken away with what it belonged to.
    if (removed && document.activeElement === document.body)
      undo.current?.querySelector('button')?.focus({ preventScroll: true });
  }, [removed]);
  useEffect(() => {
    if (isOpen) void things.refresh();
    else things.forgetDone();
  }, [things, isOpen]);
  const teach = (about: Parameters<Things['teach']>[0]) => {
    onClose();
    things.teach(about);
  };
  const hasFiles = (event: DragEvent) => mayChange && event.dataTransfer.types.includes('Files');
  return (
    <Sheet
      title={texts.title}
      data-testid="things-panel"
      isOpen={isOpen}
      onClose={onClose}
      onDragOver={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        event.stopPropagation();
      }}
      onDrop={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        event.stopPropagation();
        void droppedFiles(event.dataTransfer).then((files) => things.addPictures(picturesInFolders(files)));
      }}
    >
      <CollectionChoice things={things} state={state} />
      {problem && <ThingsProblem problem={problem} />}
      {adding && <AddedPictures adding={adding} onClose={() => things.forgetAdded()} />}
      {details?.relearning && (
        <p className={styles.text}>{texts.relearning(details.relearning.done, details.relearning.total)}</p>
      )}
      {details && details.things.length === 0 && <p className={styles.text}>{texts.empty}</p>}
      {details && !mayChange && <p className={styles.text}>{texts.readOnly}</p>}
      {details?.recognised !== undefined && (
        <p className={styles.text}>{texts.recognised(words.format.percent(details.recognised))}</p>
      )}
      {details && details.things.length > 0 && (
        <ul className={styles.list} aria-label={texts.list}>
          {details.things.map((thing) => (
            <ThingRow
              key={thing.id}
              things={things}
              thing={thing}
              mayChange={mayChange}
              isTaken={(name) => ![undefined, thing.id].includes(thingNamed(details, name)?.id)}
              onTeach={() => teach(thing)}
            />
          ))}
        </ul>
      )}
      {mayChange && (
        <div className={styles.add}>
          <PanelButton isMain onClick={() => teach({})}>
            {texts.teach}
          </PanelButton>
          <PanelButton onClick={() => folder.current?.click()}>{texts.addFolder}</PanelButton>
          <p className={styles.text}>{texts.addFolderText}</p>
          <input
            ref={(element) => {
              folder.current = element;
              // React does not know it as an attribute of TypeScript's.
              element?.setAttribute('webkitdirectory', '');
            }}
            type="file"
            multiple
            hidden
            data-testid="folder-input"
            onChange={({ currentTarget }) => {
              const files = chosenFiles(currentTarget);
              currentTarget.value = '';
              void things.addPictures(picturesInFolders(files));
            }}
          />
        </div>
      )}
      {details && !isHere(state.chosen) && (
        <Embedder
          key={state.chosen}
          collection={state.chosen}
          embedders={things.collections.embedders}
          mayChange={mayChange}
          content={details.things}
        />
      )}
      {details && <TakeAway things={things} state={state} isEmpty={details.things.length === 0} />}
      {details && mayChange && (
        <Confirm
          ask={texts.removeCollection}
          question={texts.removeCollectionAsk[isHere(state.chosen) ? 'here' : 'server'](
            nameOfCollection(state.chosen),
          )}
          yes={texts.removeCollectionYes}
          onYes={() => void things.collections.remove()}
        />
      )}
      <div ref={undo} role="status" className={styles.undo}>
        {removed && (
          <div>
            <span>{texts.removed[removed.what](removed.name)}</span>
            <PanelButton onClick={() => void things.undo()}>{texts.undo}</PanelButton>
          </div>
        )}
      </div>
    </Sheet>
  );
}
