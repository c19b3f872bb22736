'use client';
import { useEffect, useState } from 'react';
import { watchFragment } from '../../browser/fragment.ts';
import { useStore } from '../../browser/useStore.ts';
import type { CameraSharing } from '../../share/cameraSharing.ts';
import type { ShareState } from '../../share/shareState.ts';

const OFF: ShareState = { kind: 'off' };

/**
 * Goes on showing this camera where a person agreed in this tab: only a page that also says so, as this hook's page does.
 * Tells whether this camera is shown on screens, and whether its person is asked for it now: where the page was opened with the
 * address that a screen shows (`#show`), as soon as the camera plays; or when a person presses for it.
 */
export function useSharing(
  sharing: CameraSharing | undefined,
  isCameraOn: boolean,
): { state: ShareState; isAsking: boolean; ask(): void; answered(): void } {
  const [isWanted, setWanted] = useState(false);
  useEffect(() => sharing?.begin(), [sharing]);
  useEffect(() => {
    const page = new AbortController();
    watchFragment('show', page.signal, () => setWanted(true));
    return () => page.abort();
  }, []);
  const state = useStore(sharing?.store, OFF);
  const isOn = state.kind === 'on';
  useEffect(() => {
    // It was agreed to before the address asked for it: not asked again as soon as it is stopped.
    if (isOn && isWanted) setWanted(false);
  }, [isOn, isWanted]);
  return {
    state,
    isAsking: isWanted && isCameraOn && !isOn,
    ask: () => setWanted(true),
    answered: () => setWanted(false),
  };
}
