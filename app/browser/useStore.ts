'use client';
import { useSyncExternalStore } from 'react';
import type { Store } from './store.ts';

/** The state of a store now. @param initial stands for it while there is no store, and in the page as it is delivered */
export function useStore<State>(
  store: Pick<Store<State, unknown>, 'getState' | 'subscribe'> | undefined,
  initial: State,
): State {
  const getInitial = () => initial;
  return useSyncExternalStore(
    store?.subscribe ?? subscribeToNothing,
    store?.getState ?? getInitial,
    getInitial,
  );
}

const subscribeToNothing = () => () => {};
