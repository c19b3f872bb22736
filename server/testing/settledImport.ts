import { setTimeout as pause } from 'node:timers/promises';
import type { ImportState } from '../../protocol/models.ts';

const PENDING: readonly ImportState['phase'][] = ['receiving', 'looking', 'trial'];

/** Between two reads of the state, ms. A test that reads without a pause keeps a core from the importer, and takes as much itself. */
const READ_EVERY_MS = 20;

/**
 * The state of an import when nothing of it is in progress. HTTP has no event for that, so it is read again and again, as a page
 * does.
 */
export async function settledImport(read: () => ImportState | Promise<ImportState>): Promise<ImportState> {
  for (;;) {
    const state = await read();
    if (!PENDING.includes(state.phase)) return state;
    await pause(READ_EVERY_MS);
  }
}
