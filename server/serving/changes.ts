import { messageOf } from '../../protocol/errors.ts';
import type { ActivateOptions, Activation, ModelStore } from '../library/store.ts';
import { createSemaphore, type Semaphore } from '../limits/semaphore.ts';
import type { Log } from '../telemetry/log.ts';
import type { RefreshResult } from './applyFolder.ts';
import type { ModelRegistry } from './registry.ts';

/**
 * Changes of models that serve, on the disk and in the server as one: what the server refuses is rolled back before
 * anything else happens to the same model.
 */
export interface ModelChanges {
  /** Makes a staged version live. @throws Error when it is not in order; nothing has changed then */
  activate(id: string, stagedDir: string, options?: Omit<ActivateOptions, 'onTrial'>): Promise<RefreshResult>;
  /** See ModelStore.rollback. A version that is refused is set aside, so that no further step leads to it. */
  rollback(id: string, version: string | undefined): Promise<Activation & RefreshResult>;
  /** See ModelStore.remove. */
  remove(id: string): Promise<void>;
}

export function createModelChanges(
  store: ModelStore,
  registry: Pick<ModelRegistry, 'refresh'>,
  log: Log,
): ModelChanges {
  /** Changes of one model are made one after another; absent where none is in progress. */
  const changing = new Map<string, Semaphore>();

  async function runExclusive<T>(id: string, work: () => Promise<T>): Promise<T> {
    const changes = changing.get(id) ?? createSemaphore(1);
    changing.set(id, changes);
    try {
      return await changes.run(work);
    } finally {
      // Where another change follows, it is still there to be waited for.
      if (changes.isIdle) changing.delete(id);
    }
  }

  /** Lets the server try what is on the disk now. */
  async function prove(id: string, change: Activation, undoing: { keep?: boolean }): Promise<RefreshResult> {
    const outcome = await registry.refresh(id);
    const fields = { model: id, version: change.version };
    if (outcome.ok) {
      await store.confirm(id, change.version).catch((error: unknown) => {
        log.error(
          { ...fields, why: messageOf(error) },
          'version serves, but the next start will roll it back',
        );
      });
      return outcome;
    }
    try {
      if (!(await store.undo(id, change, undoing)))
        log.info(fields, 'refused version was replaced in the meantime');
    } catch (error) {
      const why = messageOf(error);
      log.error({ ...fields, why, refusal: outcome.why }, 'refused version cannot be rolled back');
      return {
        ok: false,
        why: `${outcome.why} It could not be rolled back on the disk either, where the next start finds it: ${why}`,
      };
    }
    await registry.refresh(id);
    return outcome;
  }

  return {
    activate: (id, stagedDir, options) =>
      runExclusive(id, async () =>
        prove(id, await store.activate(id, stagedDir, { ...options, onTrial: true }), {}),
      ),
    rollback: (id, version) =>
      runExclusive(id, async () => {
        const change = await store.rollback(id, { version });
        return { ...change, ...(await prove(id, change, { keep: true })) };
      }),
    remove: (id) =>
      runExclusive(id, async () => {
        await store.remove(id);
        await registry.refresh(id);
      }),
  };
}
