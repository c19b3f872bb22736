import type { TaughtCollections } from '../serving/taughtModel.ts';
import type { Log } from '../telemetry/log.ts';
import { loggedError } from '../telemetry/loggedText.ts';
import { embedAgain, type TeachContext } from './teach.ts';
import type { ThingsStore } from './thingsStore.ts';

export interface TaughtCollectionsOptions {
  store: ThingsStore;
  /** Asked for when there is something to embed: it holds what is built later. */
  context(): TeachContext;
  log: Log;
}

/** What the registry of models needs to know of taught things. */
export function createTaughtCollections({
  store,
  context,
  log,
}: TaughtCollectionsOptions): TaughtCollections {
  /** The version of the model by which all samples of a collection are embedded, by its id. */
  const embedded = new Map<string, string>();
  const loading = new Map<string, Promise<void>>();

  async function load(id: string, version: string): Promise<void> {
    const collection = store.find(id);
    try {
      await embedAgain(collection, context());
      embedded.set(id, version);
    } catch (error) {
      log.warn(
        { why: loggedError(error) },
        'samples of another version of the model were not embedded again',
      );
    }
    await collection.learned();
  }

  return {
    headOf(id) {
      const collection = store.has(id) ? store.find(id) : undefined;
      return collection && (() => collection.head);
    },
    load(id, version) {
      if (!store.has(id)) return undefined;
      const { isLearned } = store.find(id);
      if (isLearned && embedded.get(id) === version) return undefined;
      const begun =
        loading.get(id) ??
        load(id, version).finally(() => {
          loading.delete(id);
        });
      loading.set(id, begun);
      // While it is embedded again, names come from what was learned before.
      return isLearned ? undefined : begun;
    },
    onRemoved: (listener) =>
      store.onRemoved((id) => {
        embedded.delete(id);
        listener();
      }),
  };
}
