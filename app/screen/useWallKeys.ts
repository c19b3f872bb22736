'use client';
import { useEffect, useRef } from 'react';
import { pressedKey } from '../ui/pressedKey.ts';
import { belongsToControl } from '../ui/shortcuts.ts';

export interface WallKeys {
  /** To another tile, by columns and rows. */
  onMove(columns: number, rows: number): void;
  onEnter(): void;
  onFreeze(): void;
  onRename(): void;
  onBack(): void;
}

const MOVES: Readonly<Record<string, readonly [columns: number, rows: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Calls for the keys of a wall, unless they belong to a control that has the focus. */
export function useWallKeys(keys: WallKeys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { ctrlKey, metaKey, altKey, target } = event;
      const key = pressedKey(event);
      if (key === undefined || ctrlKey || metaKey || altKey || event.defaultPrevented) return;
      if (belongsToControl(target, key)) return;
      const move = MOVES[key];
      if (move) latest.current.onMove(...move);
      else if (key === 'Enter') latest.current.onEnter();
      else if (key.toLowerCase() === 'f') latest.current.onFreeze();
      else if (key.toLowerCase() === 'n') latest.current.onRename();
      else if (key === 'Escape') latest.current.onBack();
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}
