'use client';
import { useEffect, useRef, useState } from 'react';
import { Icon } from '../ui/Icon.tsx';
import { useWords } from '../ui/words/useWords.ts';
import styles from './DropTarget.module.css';

export interface DropTargetProps {
  onFile(file: File): void;
  /** Asked first about what was dropped: whether it has been taken. */
  onDrop(transfer: DataTransfer): boolean;
}

/** Takes a file that is dropped anywhere on the page, or pasted; shows where it would land. */
export function DropTarget({ onFile, onDrop }: DropTargetProps) {
  const { stage } = useWords();
  const [isOver, setOver] = useState(false);
  const latest = useRef({ onFile, onDrop });
  useEffect(() => {
    latest.current = { onFile, onDrop };
  });
  useEffect(() => {
    const listening = new AbortController();
    const { signal } = listening;
    const on = <K extends keyof WindowEventMap>(type: K, listener: (event: WindowEventMap[K]) => void) =>
      window.addEventListener(type, listener, { signal });
    on('dragover', (event) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      // Without this the browser would leave the page for the file.
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      setOver(true);
    });
    on('dragleave', (event) => {
      // Leaving one element for another is not leaving the page.
      if (event.relatedTarget === null) setOver(false);
    });
    on('drop', (event) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      setOver(false);
      if (latest.current.onDrop(event.dataTransfer)) return;
      const [file] = event.dataTransfer.files;
      if (file) latest.current.onFile(file);
    });
    on('paste', (event) => {
      const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => /^(image|video)\//.test(type));
      if (file) latest.current.onFile(file);
    });
    return () => listening.abort();
  }, []);
  return (
    <div className={styles.root} data-over={isOver || undefined} aria-hidden="true">
      <div className={styles.frame}>
        <Icon name="drop" size={44} />
        <p>{stage.drop}</p>
      </div>
    </div>
  );
}
