import type { ModelDirectory, ServedModel } from '../serving/modelDirectory.ts';

/** A session's requests for models, each of which may have to wait until workers have loaded them. */
export interface ModelRequests {
  /**
   * Calls `then` immediately where workers hold these models, else when they do. Requests are met in their order.
   * @param ids undefined is the server's default model
   * @throws CodedError where one of them is not there; what comes later goes to `onError`
   */
  whenLoaded(ids: readonly (string | undefined)[], then: (found: readonly ServedModel[]) => void): void;
}

export function createModelRequests(
  models: Pick<ModelDirectory, 'find' | 'load'>,
  onError: (error: unknown) => void,
): ModelRequests {
  /** Settles with the last request that waits. */
  let pending: Promise<void> | undefined;
  return {
    whenLoaded(ids, then) {
      const find = () => ids.map((id) => models.find(id));
      const loads = find().flatMap((model) => models.load(model) ?? []);
      if (loads.length === 0 && pending === undefined) {
        then(find());
        return;
      }
      const mine: Promise<void> = Promise.all([...loads, pending])
        // Found again: another version may have gone live since.
        .then(() => then(find()))
        .catch(onError)
        .finally(() => {
          if (pending === mine) pending = undefined;
        });
      pending = mine;
    },
  };
}
