import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { CodedError, messageOf, textOf } from '../../../protocol/errors.ts';
import type { ImportOptions, ImportReport, ImportState } from '../../../protocol/models.ts';
import { sentenceOf, type Text } from '../../../protocol/sentence.ts';
import { aboutModels } from '../../../protocol/sentences/models.ts';
import { progress } from '../../../protocol/sentences/progress.ts';
import { explainUnwritable } from '../../disk/atomic.ts';
import type { Workspace } from '../../disk/workspaces.ts';
import { assertModelId } from '../../library/modelId.ts';
import type { ModelStore } from '../../library/store.ts';
import { createSemaphore } from '../../limits/semaphore.ts';
import { createModelChanges, type ModelChanges } from '../../serving/changes.ts';
import type { ModelRegistry } from '../../serving/registry.ts';
import type { Log } from '../../telemetry/log.ts';
import { ImportError } from '../importError.ts';
import { runImport } from '../run/process.ts';
import { readReceivedFile } from '../sources/files.ts';
import type { Hub } from '../sources/huggingFace.ts';
import { receiveSource } from '../sources/receive.ts';
import type { SourceFiles } from '../sources/sourceFiles.ts';
import { conflictText, findConflict } from './nameConflict.ts';
import { isDone, type PendingImport, pendingImport } from './pendingImport.ts';
import { writeUpload } from './upload.ts';

/** Imports that clients of HTTP have in flight. */
export interface Imports {
  /** Begins with the bytes of a file; resolves when all of them are here. @throws CodedError */
  upload(name: string, body: Readable, options: ImportOptions): Promise<ImportState>;
  /** Begins with what is fetched: an https address or `hf:owner/name`. @throws CodedError */
  fetch(source: string, options: ImportOptions): Promise<ImportState>;
  /** @throws CodedError `not_found` */
  state(id: string): ImportState;
  /** Inspects it again, with other options. @throws CodedError */
  inspect(id: string, options: ImportOptions): ImportState;
  /**
   * Makes it live.
   * @param as the id to have; needed where the report has a conflict, whose own id replaces the other model
   * @throws CodedError
   */
  accept(id: string, as?: string): ImportState;
  /** Ends it and removes all that came. @throws CodedError */
  drop(id: string): Promise<void>;
  /** Ends all. Idempotent. */
  close(): Promise<void>;
  /** What makes them live; other changes of the same models go through it, too. */
  readonly changes: ModelChanges;
}

export interface ImportsOptions {
  store: ModelStore;
  registry: Pick<ModelRegistry, 'refresh'>;
  log: Log;
  maxModelBytes: number;
  hub: Hub;
  /** An import that no one says yes to is removed after that. Default 15 minutes. */
  abandonedMs?: number;
}

const ABANDONED_MS = 15 * 60_000;
/** Each of them may hold a model on the disk. */
const MAX_IMPORTS = 6;
/** How many are inspected at once; each takes cores from the streams. */
const MAX_CONCURRENT_INSPECTIONS = 1;

export function createImports(options: ImportsOptions): Imports {
  const { store, registry, log, maxModelBytes, hub, abandonedMs = ABANDONED_MS } = options;
  const imports = new Map<string, PendingImport>();
  const inspections = createSemaphore(MAX_CONCURRENT_INSPECTIONS);
  const changes = createModelChanges(store, { tryChange: registry.refresh, reload: registry.refresh }, log);
  /** Those that have no folder yet. */
  let opening = 0;
  let isClosed = false;

  async function begin(given: ImportOptions): Promise<PendingImport> {
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
  }

  function update(one: PendingImport, change: Omit<ImportState, 'id'>): ImportState {
    one.state = { id: one.state.id, ...change };
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

  const fail = (one: PendingImport, cause: unknown): ImportState => {
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
  };

  async function end(one: PendingImport): Promise<void> {
    imports.delete(one.state.id);
    clearTimeout(one.expiry);
    one.stop.abort();
    await one.work;
    await one.workspace.close();
  }

  function find(id: string): PendingImport {
    const found = imports.get(id);
    if (found) return found;
    throw new CodedError('not_found', aboutModels('no_import'));
  }

  /** Inspects the files in a separate process, one import after the other. */
  function startInspection(one: PendingImport, source: SourceFiles, given: ImportOptions): ImportState {
    const { signal } = one.stop;
    const state = update(one, { phase: 'looking', ...worded(progress('waits')) });
    const inspect = async () => {
      if (one.stagedDir) await rm(one.stagedDir, { recursive: true, force: true });
      const stagingDir = path.join(one.workspace.dir, randomUUID());
      one.stagedDir = stagingDir;
      await mkdir(stagingDir);
      const { report, manifest } = await runImport(source, given, {
        stagingDir,
        signal,
        onProgress: (text) => update(one, { phase: 'looking', ...worded(text) }),
      });
      assertModelId(report.id);
      const { folders } = source.hints ?? {};
      one.name = () => findConflict({ report, manifest, ...(folders && { folders }) }, given, store);
      await ask(one, report);
    };
    one.work = new Promise((done) => {
      // While it waits for its turn there is nothing to wait for when it is ended.
      const stopWaiting = () => done();
      signal.addEventListener('abort', stopWaiting);
      const inspection = inspections.run(async () => {
        signal.throwIfAborted();
        signal.removeEventListener('abort', stopWaiting);
        await inspect();
      });
      inspection
        .catch((error) => {
          if (!signal.aborted) fail(one, error);
        })
        .finally(done);
    });
    return state;
  }

  /** Asks for the yes, and by what name. */
  async function ask(one: PendingImport, { conflict: _, ...report }: ImportReport): Promise<void> {
    const { isNew = false, conflict } = (await one.name?.()) ?? {};
    one.isNew = isNew;
    update(one, { phase: 'asking', report: { ...report, ...(conflict && { conflict }) } });
  }

  async function sourceDir(one: PendingImport): Promise<string> {
    const dir = path.join(one.workspace.dir, 'model');
    await mkdir(dir);
    return dir;
  }

  return {
    async upload(name, body, given) {
      const one = await begin(given);
      try {
        const file = path.join(one.workspace.dir, 'upload.part');
        await writeUpload(body, file, maxModelBytes, one.stop.signal, (bytes) =>
          update(one, { phase: 'receiving', received: { bytes } }),
        ).catch((error: unknown) => {
          throw explainUnwritable(error, one.workspace.dir);
        });
        const dir = await sourceDir(one);
        const received = { dir, maxBytes: maxModelBytes, signal: one.stop.signal };
        try {
          one.source = await readReceivedFile(
            file,
            path.posix.basename(name.replaceAll('\\', '/')),
            received,
          );
        } catch (error) {
          return fail(one, error);
        }
        return startInspection(one, one.source, given);
      } catch (error) {
        await end(one);
        throw error;
      }
    },

    async fetch(source, given) {
      const one = await begin(given);
      const { signal } = one.stop;
      const dir = await sourceDir(one).catch(async (error: unknown) => {
        await end(one);
        throw explainUnwritable(error, one.workspace.dir);
      });
      let received: ImportState['received'];
      let now: Text | undefined;
      const notify = () =>
        update(one, { phase: 'receiving', ...(now && worded(now)), ...(received && { received }) });
      const receiving = receiveSource(source, {
        dir,
        maxBytes: maxModelBytes,
        allowFiles: false,
        allowPrivate: false,
        hub,
        signal,
        onBytes(bytes, of) {
          received = { bytes, ...(of !== undefined && { of }) };
          notify();
        },
        onProgress(text) {
          now = text;
          notify();
        },
      });
      one.work = receiving.then(
        (files) => {
          one.source = files;
          if (!signal.aborted) startInspection(one, files, given);
        },
        (error) => {
          if (!signal.aborted) fail(one, error);
        },
      );
      return one.state;
    },

    state: (id) => find(id).state,

    inspect(id, given) {
      const one = find(id);
      const { phase } = one.state;
      if (one.source === undefined || (phase !== 'asking' && phase !== 'failed')) {
        throw new CodedError('conflict', aboutModels('options_too_late', { phase }));
      }
      if (given.id !== undefined) assertModelId(given.id);
      return startInspection(one, one.source, { ...one.options, ...given });
    },

    accept(id, as) {
      const one = find(id);
      const { report, phase } = one.state;
      const { stagedDir } = one;
      if (phase !== 'asking' || report === undefined || stagedDir === undefined) {
        throw new CodedError('conflict', aboutModels('nothing_to_accept', { phase }));
      }
      const { conflict } = report;
      if (as !== undefined) assertModelId(as);
      else if (conflict) {
        throw new CodedError(
          'conflict',
          `${conflictText(report)} Accept with {"id": "${conflict.free.id}"} to add this one next to it, or with ` +
            `{"id": "${report.id}"} to replace it.`,
        );
      }
      const name = as === conflict?.free.id ? conflict?.free.name : undefined;
      const isAsProposed = as === undefined || as === conflict?.free.id;
      const isNew = isAsProposed ? one.isNew : as !== report.id;
      const named: ImportReport = { ...report, id: as ?? report.id, name: name ?? report.name };
      delete named.conflict;
      const state = update(one, {
        phase: 'trial',
        ...worded(progress('loads_next')),
        report: named,
      });
      one.work = changes.activate(named.id, stagedDir, { isNew, name }).then(
        (outcome) => {
          const why = outcome.ok ? {} : { why: String(outcome.why) };
          log.info({ model: named.id, version: report.version, ok: outcome.ok, ...why }, 'import accepted');
          if (outcome.ok) update(one, { phase: 'live', report: named });
          else {
            const { why: text, details } = outcome;
            const error = {
              code: 'refused',
              ...worded(text),
              ...(details && { details: [...details] }),
            };
            update(one, { phase: 'refused', report: named, error });
          }
        },
        async (error) => {
          // Another import was quicker: nothing has changed, and the question is another one now.
          const isTaken = isNew && error instanceof CodedError && error.code === 'conflict';
          if (isTaken) await ask(one, report).catch((cause) => void fail(one, cause));
          else fail(one, error);
        },
      );
      return state;
    },

    async drop(id) {
      const one = find(id);
      if (one.state.phase === 'trial') {
        throw new CodedError('conflict', aboutModels('being_made_live'));
      }
      await end(one);
    },

    async close() {
      isClosed = true;
      await Promise.all([...imports.values()].map(end));
    },
    changes,
  };
}

/** The fields of a message that carry a text. */
const worded = (text: Text) => ({ message: String(text), ...sentenceOf(text) });
