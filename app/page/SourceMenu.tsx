'use client';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { Icon } from '../ui/Icon.tsx';
import { useWords } from '../ui/words/useWords.ts';
import styles from './SourceMenu.module.css';
import type { SourceChoice } from './useSources.tsx';

/** A button that opens the list of sources. */
export function SourceMenu({
  sources,
  current,
  onSettings,
  onHistory,
}: {
  sources: readonly SourceChoice[];
  current: string;
  /** Opens what can be set on the camera; undefined where there is nothing. */
  onSettings?: (() => void) | undefined;
  /** Opens what was looked at before. */
  onHistory(): void;
}) {
  const { sources: names, cameraControls, history } = useWords();
  const { title } = names;
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const menuId = useId();

  useEffect(() => {
    if (!isOpen) return;
    menu.current?.querySelector('button')?.focus();
    const onPointerDown = (event: PointerEvent) => {
      if (event.target instanceof Node && !root.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener('pointerdown', onPointerDown);
    return () => document.removeEventListener('pointerdown', onPointerDown);
  }, [isOpen]);

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const items = [...(menu.current?.querySelectorAll('button') ?? [])];
    const at = items.findIndex((item) => item.matches(':focus'));
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) items[(at + step + items.length) % items.length]?.focus();
    else if (event.key === 'Home') items.at(0)?.focus();
    else if (event.key === 'End') items.at(-1)?.focus();
    else if (event.key === 'Escape') close();
    else if (event.key === 'Tab') setOpen(false);
    else return;
    if (event.key !== 'Tab') event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div ref={root} className={styles.root}>
      <button
        ref={button}
        type="button"
        className={styles.button}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? menuId : undefined}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name="sources" />
        <span>{title}</span>
      </button>
      {isOpen && (
        <div
          ref={menu}
          id={menuId}
          role="menu"
          aria-label={title}
          className={styles.menu}
          onKeyDown={onKeyDown}
        >
          {sources.map((source) => (
            <button
              key={source.id}
              type="button"
              role="menuitem"
              tabIndex={-1}
              className={styles.item}
              data-current={source.id === current || undefined}
              onClick={() => {
                close();
                source.choose();
              }}
            >
              <Icon name={source.icon} />
              {source.name}
            </button>
          ))}
          <button
            type="button"
            role="menuitem"
            tabIndex={-1}
            className={`${styles.item} ${styles.settings}`}
            onClick={() => {
              close();
              onHistory();
            }}
          >
            <Icon name="history" />
            {history.title}
          </button>
          {onSettings && (
            <button
              type="button"
              role="menuitem"
              tabIndex={-1}
              className={`${styles.item} ${styles.settings}`}
              onClick={() => {
                close();
                onSettings();
              }}
            >
              <Icon name="tune" />
              {cameraControls.title}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
