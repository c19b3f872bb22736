import { messageOf } from '../../protocol/errors.ts';
import type { Log } from '../telemetry/log.ts';
import type { FleetLibrary, Pointer, StoredPointer } from './fleetLibrary.ts';

const MAX_TRIES = 5;

/**
 * Changes the pointer of a model as it is by then, again where another member was faster. Never rejects: what fails is logged with these words.
 * @param change what it is to be, `undefined` for no pointer; 'keep' where nothing is to change any more
 */
export async function changePointer(
  library: FleetLibrary,
  model: { id: string; version?: string },
  change: (stored: StoredPointer) => Pointer | undefined | 'keep',
  log: Log,
  words: string,
): Promise<void> {
  for (let tries = 1; tries <= MAX_TRIES; tries++) {
    const stored = library.pointers.get(model.id);
    const pointer = stored === undefined ? 'keep' : change(stored);
    if (stored === undefined || pointer === 'keep') return;
    try {
      await library.point(model.id, pointer, stored.revision);
      return;
    } catch (error) {
      if (tries < MAX_TRIES) continue;
      const { id, version } = model;
      log.error({ model: id, ...(version && { version }), error: messageOf(error) }, words);
    }
  }
}
