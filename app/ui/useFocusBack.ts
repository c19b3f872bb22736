'use client';
import { type RefObject, useLayoutEffect, useRef } from 'react';
import { focusThing } from './focusThing.ts';

/** When `root` goes and the focus is in it, however that came, the thing that it was about gets it, or the next one. */
export function useFocusBack(root: RefObject<HTMLElement | null>, id: number): void {
  const latestId = useRef(id);
  latestId.current = id;
  useLayoutEffect(() => {
    const element = root.current;
    return () => {
      if (element?.contains(document.activeElement)) focusThing(latestId.current);
    };
  }, [root]);
}
