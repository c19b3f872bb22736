'use client';
import { useEffect, useState, useSyncExternalStore } from 'react';
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
  const state = useSyncExternalStore(
    screen?.store.subscribe ?? subscribeToNothing,
    screen?.store.getState ?? initialState,
    initialState,
  );
  return { screen, state };
}

const subscribeToNothing = () => () => {};
const initialState = () => INITIAL_WALL;
