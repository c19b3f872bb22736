import type { Things } from '../../vision/things/collectionIndex.ts';
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
  /**
   * The version of the model by which all samples of a collection are embedded, by its id. Others may have come since: by a change
   * that was taken back, or a picture that was on its way while the model was replaced.
   */
  const embedded = new Map<string, { readonly version: string; readonly things: Things }>();
  const loading = new Map<string, Promise<void>>();

  async function load(id: string, version: string): Promise<void> {
    const collection = store.find(id);
    const { things } = collection;
    try {
      await embedAgain(collection, context());
      embedded.set(id, { version, things });
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
      const { isLearned, things } = store.find(id);
      const last = embedded.get(id);
      if (isLearned && last?.version === version && last.things === things) return undefined;
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
