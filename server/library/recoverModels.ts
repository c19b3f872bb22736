import { messageOf } from '../../protocol/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { createModelStore } from './store.ts';

/**
 * Puts a models directory in order before a server reads it: versions whose trial did not come to its end are undone,
 * and what killed processes left is removed. What cannot be put in order is logged and left.
 */
export async function recoverModels(modelsDir: string, log: Pick<Log, 'warn' | 'error'>): Promise<void> {
  const store = createModelStore(modelsDir);
  await store.clean((what) => log.warn({ what }, 'leftovers stay'));
  for (const id of await store.ids()) {
    try {
      const undone = await store.recover(id);
      if (undone) log.warn({ model: id, ...undone }, 'the server ended during a trial: version rolled back');
    } catch (error) {
      log.error(
        { model: id, why: messageOf(error) },
        'a version whose trial was cut short cannot be rolled back',
      );
    }
  }
}
