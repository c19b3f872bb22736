'use client';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { takeFromFragment } from '../../browser/fragment.ts';
import type { CameraSharing } from '../../share/cameraSharing.ts';
import type { ShareState } from '../../share/shareState.ts';

const OFF: ShareState = { kind: 'off' };

/**
 * Whether this camera is shown on screens, and whether its person is asked for it now: where the page was opened with the
 * address that a screen shows (`#show`), as soon as the camera plays; or when a person presses for it.
 */
export function useSharing(
  sharing: CameraSharing | undefined,
  isCameraOn: boolean,
): { state: ShareState; isAsking: boolean; ask(): void; answered(): void } {
  const [isWanted, setWanted] = useState(false);
  useEffect(() => {
    const read = () => {
      const isAsked = new URLSearchParams(window.location.hash.slice(1)).has('show');
      takeFromFragment('show');
      if (isAsked) setWanted(true);
    };
    read();
    // The same address, opened in the tab that has the page already.
    window.addEventListener('hashchange', read);
    return () => window.removeEventListener('hashchange', read);
  }, []);
  const state = useSyncExternalStore(
    sharing?.store.subscribe ?? subscribeToNothing,
    sharing?.store.getState ?? isOff,
    isOff,
  );
  return {
    state,
    isAsking: isWanted && isCameraOn && state.kind !== 'on',
    ask: () => setWanted(true),
    answered: () => setWanted(false),
  };
}

const subscribeToNothing = () => () => {};
const isOff = () => OFF;
