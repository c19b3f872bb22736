'use client';
import { useId, useRef, useState } from 'react';
import { chosenFiles, type NamedFile } from '../../models/modelFiles.ts';
import { Icon } from '../../ui/Icon.tsx';
import { PanelButton } from '../../ui/PanelButton.tsx';
import { keepTypedEnter } from '../../ui/pressedKey.ts';
import { useMediaQuery } from '../../ui/useMediaQuery.ts';
import { useWords } from '../../ui/words/useWords.ts';
import styles from './AddModel.module.css';
import { useLostFocus } from './useLostFocus.ts';

export interface AddModelProps {
  /** There is no server to take one. What was typed stays. */
  isAway: boolean;
  onFiles(files: NamedFile[]): void;
  onSource(source: string): void;
}

/** The ways to add a model. Files can be dropped anywhere on the panel. */
export function AddModel({ isAway, onFiles, onSource }: AddModelProps) {
  const { addModel } = useWords();
  const root = useRef<HTMLElement>(null);
  useLostFocus(root);
  const file = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [source, setSource] = useState('');
  const hintId = useId();
  // Fingers drop no files.
  const hasMouse = useMediaQuery('(hover: hover) and (pointer: fine)');
  const choose = (input: HTMLInputElement) => {
    const files = chosenFiles(input);
    // So that choosing the same file again is a change again.
    input.value = '';
    if (files.length > 0) onFiles(files);
  };
  return (
    <section ref={root} tabIndex={-1} className={styles.root} aria-label={addModel.title}>
      <div className={styles.drop}>
        <Icon name={hasMouse ? 'drop' : 'plus'} size={30} />
        <p>
          <b>{hasMouse ? addModel.drop : addModel.title}</b>
          <span>{addModel.formats}</span>
        </p>
        <div>
          <PanelButton disabled={isAway} onClick={() => file.current?.click()}>
            {addModel.files}
          </PanelButton>
          <PanelButton disabled={isAway} onClick={() => folder.current?.click()}>
            {addModel.folder}
          </PanelButton>
        </div>
      </div>
      <form
        className={styles.source}
        onKeyDown={keepTypedEnter}
        onSubmit={(event) => {
          event.preventDefault();
          if (source.trim() !== '' && !isAway) onSource(source.trim());
        }}
      >
        <input
          type="text"
          inputMode="url"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          aria-label={addModel.address}
          aria-describedby={hintId}
          placeholder={addModel.addressForm}
          value={source}
          onChange={(event) => setSource(event.currentTarget.value)}
        />
        <PanelButton submits disabled={source.trim() === '' || isAway}>
          {addModel.fetch}
        </PanelButton>
      </form>
      <p id={hintId} className={styles.hint}>
        {addModel.fetchHint}
      </p>
      <input
        ref={file}
        type="file"
        multiple
        hidden
        data-testid="model-input"
        onChange={(event) => choose(event.currentTarget)}
      />
      <input
        ref={(element) => {
          folder.current = element;
          element?.setAttribute('webkitdirectory', '');
        }}
        type="file"
        hidden
        data-testid="model-folder-input"
        onChange={(event) => choose(event.currentTarget)}
      />
    </section>
  );
}
