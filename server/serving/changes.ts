import { messageOf } from '../../protocol/errors.ts';
import { refusal } from '../../protocol/sentences/refusals.ts';
import type { ActivateOptions, Activation, ModelStore } from '../library/store.ts';
import { createSemaphore, type Semaphore } from '../limits/semaphore.ts';
import type { RefreshResult } from './applyFolder.ts';

/**
 * Changes of models that serve, on the disk and in the server as one: what the server refuses is rolled back before
 * anything else happens to the same model. The server and the command line make all changes through this.
 */
export interface ModelChanges {
  /** Makes a staged version live. @throws Error when it is not in order; nothing has changed then */
  activate(id: string, stagedDir: string, options?: Omit<ActivateOptions, 'onTrial'>): Promise<ChangeResult>;
  /** See ModelStore.rollback. A version that is refused is set aside, so that no further step leads to it. */
  rollback(id: string, version: string | undefined): Promise<ChangeResult>;
  /** See ModelStore.remove. */
  remove(id: string): Promise<void>;
}

/** The change, and what the server says of it. */
export type ChangeResult = Activation &
  ({ ok: true } | (Extract<RefreshResult, { ok: false }> & { isRolledBack: boolean }));

/** The server that serves the models: the registry of this process, or one that is asked through its API. */
export interface ServingModels {
  /** Tries what is on the disk now. */
  tryChange(id: string, change: Activation): Promise<RefreshResult>;
  /** Takes over what is on the disk now, after a change was undone or a model removed. */
  reload(id: string): Promise<unknown>;
}

/** Takes what cannot be returned: a static message with fields, `why` among them where there is a reason. */
export interface ChangesLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export function createModelChanges(
  store: Pick<ModelStore, 'activate' | 'confirm' | 'undo' | 'rollback' | 'remove'>,
  serving: ServingModels,
  log: ChangesLog,
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
  async function prove(id: string, change: Activation, undoing: { keep?: boolean }): Promise<ChangeResult> {
    const outcome = await serving.tryChange(id, change);
    const fields = { model: id, version: change.version };
    if (outcome.ok) {
      await store.confirm(id, change.version).catch((error: unknown) => {
        log.error(
          { ...fields, why: messageOf(error) },
          'version serves, but the next start will roll it back',
        );
      });
      return { ...change, ...outcome };
    }
    let isRolledBack: boolean;
    try {
      isRolledBack = await store.undo(id, change, undoing);
      if (!isRolledBack) log.info(fields, 'refused version was replaced in the meantime');
    } catch (error) {
      const reason = messageOf(error);
      log.error(
        { ...fields, why: reason, refusal: String(outcome.why) },
        'refused version cannot be rolled back',
      );
      return {
        ...change,
        ok: false,
        why: refusal('not_undone', { why: outcome.why, reason }),
        isRolledBack: false,
      };
    }
    await serving.reload(id);
    return { ...change, ...outcome, isRolledBack };
  }

  return {
    activate: (id, stagedDir, options) =>
      runExclusive(id, async () =>
        prove(id, await store.activate(id, stagedDir, { ...options, onTrial: true }), {}),
      ),
    rollback: (id, version) =>
      runExclusive(id, async () => prove(id, await store.rollback(id, { version }), { keep: true })),
    remove: (id) =>
      runExclusive(id, async () => {
        await store.remove(id);
        await serving.reload(id);
      }),
  };
}
