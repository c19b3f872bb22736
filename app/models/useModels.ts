'use client';
import { useEffect, useState, useSyncExternalStore } from 'react';
import type { Lens } from '../lens/lens.ts';
import { Models } from './models.ts';
import { INITIAL_MODELS, type ModelsState } from './modelsState.ts';

/** The models of the server and their state; undefined until there is a lens to look with. */
export function useModels(
  lens: Lens | undefined,
  /** What looks now, `id@version`: when it changes, so has the list. */
  current: string | undefined,
): { models: Models | undefined; state: ModelsState } {
  const [models, setModels] = useState<Models>();
  useEffect(() => {
    if (lens === undefined) return;
    const created = new Models({
      token: () => lens.token,
      onLive: (modelId) => lens.chooseModel(modelId),
    });
    setModels(created);
    created.begin();
    return () => created.close();
  }, [lens]);
  useEffect(() => {
    // Not before something looks: a server that turned the page down would refuse the list, too.
    if (current !== undefined) void models?.refresh();
  }, [models, current]);
  const state = useSyncExternalStore(
    models?.store.subscribe ?? subscribeToNothing,
    models?.store.getState ?? initialState,
    initialState,
  );
  return { models, state };
}

const subscribeToNothing = () => () => {};
const initialState = () => INITIAL_MODELS;
