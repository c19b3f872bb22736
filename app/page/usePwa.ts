'use client';
import { useEffect, useState } from 'react';
import { useStore } from '../browser/useStore.ts';
import type { Lens } from '../lens/lens.ts';
import { Pwa } from '../offline/pwa.ts';
import { INITIAL_PWA, type PwaState } from '../offline/pwaState.ts';

/** The page as an app and its state; undefined until there is a lens, whose first labels go before. */
export function usePwa(lens: Lens | undefined): { pwa: Pwa | undefined; state: PwaState } {
  const [pwa, setPwa] = useState<Pwa>();
  useEffect(() => {
    if (lens === undefined) return;
    const created = new Pwa();
    setPwa(created);
    created.begin(lens);
    return () => created.close();
  }, [lens]);
  const state = useStore(pwa?.store, INITIAL_PWA);
  return { pwa, state };
}
