'use client';
import { useEffect, useState } from 'react';
import { useStore } from '../browser/useStore.ts';
import { WallScreen } from './wallScreen.ts';
import { INITIAL_WALL, type WallState } from './wallState.ts';

/** The wall of this page and its state. It is undefined until the page runs in a browser. */
export function useWall(): { screen: WallScreen | undefined; state: WallState } {
  const [screen, setScreen] = useState<WallScreen>();
  useEffect(() => {
    const created = new WallScreen();
    setScreen(created);
    created.begin();
    return () => created.close();
  }, []);
  const state = useStore(screen?.store, INITIAL_WALL);
  return { screen, state };
}
