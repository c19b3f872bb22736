import { CodedError, messageOf, textOf } from '../../../protocol/errors.ts';
import type { ImportOptions, ImportState } from '../../../protocol/models.ts';
import { sentenceOf, type Text } from '../../../protocol/sentence.ts';
import { aboutModels } from '../../../protocol/sentences/models.ts';
import { progress } from '../../../protocol/sentences/progress.ts';
import { explainUnwritable } from '../../disk/atomic.ts';
import type { Workspace } from '../../disk/workspaces.ts';
import { assertModelId } from '../../library/modelId.ts';
import type { ModelStore } from '../../library/store.ts';
import { createSemaphore } from '../../limits/semaphore.ts';
import type { Log } from '../../telemetry/log.ts';
import { ImportError } from '../importError.ts';
import { isDone, type PendingImport, pendingImport } from './pendingImport.ts';

/** Each of them may hold a model on the disk. */
const MAX_IMPORTS = 6;
/** How many are inspected at once; each takes cores from the streams. */
const MAX_CONCURRENT_INSPECTIONS = 1;

/** The imports that are in flight: they have a folder each, a state that can be asked for, and an end. */
export interface PendingImports {
  /** @throws CodedError `server_busy`, `restarting`, `bad_request` for an id that no model may have */
  begin(options: ImportOptions): Promise<PendingImport>;
  /** @throws CodedError `not_found` */
  find(id: string): PendingImport;
  /** @returns the new state */
  update(one: PendingImport, change: Omit<ImportState, 'id' | 'quantizes' | 'wordsOf'>): ImportState;
  /** It cannot go on as it is. @returns the new state, which says why */
  fail(one: PendingImport, cause: unknown): ImportState;
  /** Does the work of one import after that of another; what it throws is a failure of its import. @returns the state until its turn */
  runInTurn(one: PendingImport, work: () => Promise<void>): ImportState;
  /** Removes all that came of it. */
  end(one: PendingImport): Promise<void>;
  /** Ends all, and begins no more. Idempotent. */
  close(): Promise<void>;
}

/** @param abandonedMs after which one that waits for an answer, or is done, is removed */
export function createPendingImports(
  store: Pick<ModelStore, 'stage'>,
  log: Log,
  abandonedMs: number,
): PendingImports {
  const imports = new Map<string, PendingImport>();
  const turns = createSemaphore(MAX_CONCURRENT_INSPECTIONS);
  /** Those that have no folder yet. */
  let opening = 0;
  let isClosed = false;

  async function end(one: PendingImport): Promise<void> {
    imports.delete(one.state.id);
    clearTimeout(one.expiry);
    one.stop.abort();
    await one.work;
    await one.workspace.close();
  }

  function update(
    one: PendingImport,
    change: Omit<ImportState, 'id' | 'quantizes' | 'wordsOf'>,
  ): ImportState {
    const { quantizes, wordsOf } = one;
    one.state = {
      id: one.state.id,
      ...(quantizes !== undefined && { quantizes }),
      ...(wordsOf !== undefined && { wordsOf }),
      ...change,
    };
    clearTimeout(one.expiry);
    if (['asking', 'failed', 'live', 'refused'].includes(change.phase)) {
      one.expiry = setTimeout(() => {
        log.info({ import: one.state.id, phase: one.state.phase }, 'import removed');
        void end(one);
      }, abandonedMs);
      one.expiry.unref();
    }
    return one.state;
  }

  function fail(one: PendingImport, cause: unknown): ImportState {
    const error = explainUnwritable(cause, one.workspace.dir);
    const isKnown = error instanceof ImportError || error instanceof CodedError;
    if (!isKnown) log.error({ import: one.state.id, error: messageOf(error) }, 'import failed');
    const code = isKnown ? error.code : 'internal';
    const question = error instanceof ImportError ? error.question : undefined;
    return update(one, {
      phase: 'failed',
      error: {
        code,
        ...worded(textOf(error)),
        ...(question && { question }),
      },
    });
  }

  return {
    async begin(given) {
      if (isClosed) throw new CodedError('restarting', aboutModels('server_restarts'));
      if (given.id !== undefined) assertModelId(given.id);
      let makingRoom: Promise<void> | undefined;
      if (imports.size + opening >= MAX_IMPORTS) {
        // Those that came to an end are kept only to be read.
        const ended = [...imports.values()].find(({ state }) => isDone(state));
        if (!ended) {
          throw new CodedError('server_busy', aboutModels('imports_wait', { count: imports.size }));
        }
        makingRoom = end(ended);
      }
      opening += 1;
      let workspace: Workspace;
      try {
        await makingRoom;
        workspace = await store.stage();
      } finally {
        opening -= 1;
      }
      if (isClosed) {
        await workspace.close();
        throw new CodedError('restarting', aboutModels('server_restarts'));
      }
      const started = pendingImport(given, workspace);
      imports.set(started.state.id, started);
      return started;
    },

    find(id) {
      const found = imports.get(id);
      if (found) return found;
      throw new CodedError('not_found', aboutModels('no_import'));
    },

    update,
    fail,

    runInTurn(one, work) {
      const { signal } = one.stop;
      const state = update(one, { phase: 'looking', ...worded(progress('waits')) });
      one.work = new Promise((done) => {
        // While it waits for its turn there is nothing to wait for when it is ended.
        const stopWaiting = () => done();
        signal.addEventListener('abort', stopWaiting);
        const turn = turns.run(async () => {
          signal.throwIfAborted();
          signal.removeEventListener('abort', stopWaiting);
          await work();
        });
        turn
          .catch((error) => {
            if (!signal.aborted) fail(one, error);
          })
          .finally(done);
      });
      return state;
    },

    end,

    async close() {
      isClosed = true;
      await Promise.all([...imports.values()].map(end));
    },
  };
}

/** The fields of a message that carry a text. */
export const worded = (text: Text) => ({ message: String(text), ...sentenceOf(text) });
