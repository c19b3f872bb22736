'use client';
import { useCallback, useEffect, useState } from 'react';
import { useStore } from '../browser/useStore.ts';
import type { Lens } from '../lens/lens.ts';
import type { Notice } from '../lens/lensState.ts';
import { Models } from './models.ts';
import { INITIAL_MODELS, type ModelsState } from './modelsState.ts';

/** The models of the server and their state; undefined until there is a lens. */
export function useModels(
  lens: Lens | undefined,
  /** The model in use, `id@version`: when it changes, so has the list. */
  current: string | undefined,
): {
  models: Models | undefined;
  state: ModelsState;
  /** What came of a link that gives the right to change models. */
  notice: Notice | undefined;
  dismissNotice(): void;
} {
  const [models, setModels] = useState<Models>();
  const [notice, setNotice] = useState<Notice>();
  useEffect(() => {
    if (lens === undefined) return;
    const created = new Models({
      token: () => lens.token,
      onLive: (modelId) => lens.chooseModel(modelId),
      // A notice is a function itself.
      onNotice: (next) => setNotice(() => next),
    });
    setModels(created);
    created.begin();
    return () => created.close();
  }, [lens]);
  useEffect(() => {
    // Not before a model is in use: a server that refused the page would refuse the list, too.
    if (current !== undefined) void models?.refresh();
  }, [models, current]);
  const state = useStore(models?.store, INITIAL_MODELS);
  const dismissNotice = useCallback(() => setNotice(undefined), []);
  return { models, state, notice, dismissNotice };
}
