'use client';
import { useId, useRef, useState } from 'react';
import { chosenFiles, type NamedFile } from '../../models/modelFiles.ts';
import { Icon } from '../../ui/Icon.tsx';
import { PanelButton } from '../../ui/PanelButton.tsx';
import styles from './AddModel.module.css';
import { useLostFocus } from './useLostFocus.ts';

export interface AddModelProps {
  /** There is no server to take one. What was typed stays. */
  isAway: boolean;
  onFiles(files: NamedFile[]): void;
  onSource(source: string): void;
}

/** The ways in which a model comes in. Files can be dropped anywhere on the panel. */
export function AddModel({ isAway, onFiles, onSource }: AddModelProps) {
  const root = useRef<HTMLElement>(null);
  useLostFocus(root);
  const file = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [source, setSource] = useState('');
  const hintId = useId();
  const choose = (input: HTMLInputElement) => {
    const files = chosenFiles(input);
    // So that choosing the same file again is a change again.
    input.value = '';
    if (files.length > 0) onFiles(files);
  };
  return (
    <section ref={root} tabIndex={-1} className={styles.root} aria-label="Add a model">
      <div className={styles.drop}>
        <Icon name="drop" size={30} />
        <p>
          <b>Drop a model here</b>
          <span>
            An ONNX file (.onnx), a TensorFlow.js model (its .json and .bin files), a Teachable Machine zip,
            or a folder with one. Add its label file, if it has one. It is checked first, and goes live only
            when you say so.
          </span>
        </p>
        <div>
          <PanelButton disabled={isAway} onClick={() => file.current?.click()}>
            Choose files
          </PanelButton>
          <PanelButton disabled={isAway} onClick={() => folder.current?.click()}>
            Choose a folder
          </PanelButton>
        </div>
      </div>
      <form
        className={styles.source}
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
          aria-label="Address of a model"
          aria-describedby={hintId}
          placeholder="https://… or hf:owner/name"
          value={source}
          onChange={(event) => setSource(event.currentTarget.value)}
        />
        <PanelButton submits disabled={source.trim() === '' || isAway}>
          Fetch
        </PanelButton>
      </form>
      <p id={hintId} className={styles.hint}>
        The server fetches it: an https address, or a public model of Hugging Face.
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
