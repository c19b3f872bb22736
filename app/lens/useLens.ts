'use client';
import { type RefObject, useEffect, useState } from 'react';
import { useStore } from '../browser/useStore.ts';
import { Lens } from './lens.ts';
import type { LensObserver } from './lensContext.ts';
import { INITIAL_STATE, type LensState } from './lensState.ts';

/** The elements of the page, once they are there. */
export interface LensRefs {
  video: RefObject<HTMLVideoElement | null>;
  picture: RefObject<HTMLImageElement | null>;
  overlay: RefObject<HTMLDivElement | null>;
  announcer: RefObject<HTMLDivElement | null>;
}

/** The lens of this page and its state. The lens is undefined until the page runs in a browser. */
export function useLens(
  { video, picture, overlay, announcer }: LensRefs,
  observer?: LensObserver,
): {
  lens: Lens | undefined;
  state: LensState;
} {
  const [lens, setLens] = useState<Lens>();
  useEffect(() => {
    if (!video.current || !picture.current || !overlay.current || !announcer.current) return;
    const created = new Lens(
      {
        video: video.current,
        picture: picture.current,
        overlay: overlay.current,
        announcer: announcer.current,
      },
      observer,
    );
    setLens(created);
    created.begin();
    return () => created.close();
  }, [video, picture, overlay, announcer, observer]);
  const state = useStore(lens?.store, INITIAL_STATE);
  return { lens, state };
}
