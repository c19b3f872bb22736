'use client';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { pressedKey } from '../ui/pressedKey.ts';
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
  const closeThen = (run: () => void) => () => {
    close();
    run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const items = [...(menu.current?.querySelectorAll('button') ?? [])];
    const at = items.findIndex((item) => item.matches(':focus'));
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) items[(at + step + items.length) % items.length]?.focus();
    else if (event.key === 'Home') items.at(0)?.focus();
    else if (event.key === 'End') items.at(-1)?.focus();
    else if (pressedKey(event.nativeEvent) === 'Escape') close();
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
          {sources.map(({ id, icon, name, choose }) => (
            <Item key={id} icon={icon} name={name} isCurrent={id === current} onPress={closeThen(choose)} />
          ))}
          <Item icon="history" name={history.title} isApart onPress={closeThen(onHistory)} />
          {onSettings && (
            <Item icon="tune" name={cameraControls.title} isApart onPress={closeThen(onSettings)} />
          )}
        </div>
      )}
    </div>
  );
}

interface ItemProps {
  icon: IconName;
  name: string;
  isCurrent?: boolean;
  /** It is no source: a line divides it from what is above it. */
  isApart?: boolean;
  onPress(): void;
}

function Item({ icon, name, isCurrent = false, isApart = false, onPress }: ItemProps) {
  return (
    <button
      type="button"
      role="menuitem"
      tabIndex={-1}
      className={`${styles.item} ${isApart ? styles.settings : ''}`}
      data-current={isCurrent || undefined}
      onClick={onPress}
    >
      <Icon name={icon} />
      {name}
    </button>
  );
}
