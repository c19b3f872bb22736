import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { CodedError } from '../../../protocol/errors.ts';
import type { ImportOptions, ImportReport, ImportState } from '../../../protocol/models.ts';
import type { QuantizationReport } from '../../../protocol/quantization.ts';
import type { Text } from '../../../protocol/sentence.ts';
import { aboutModels } from '../../../protocol/sentences/models.ts';
import { progress } from '../../../protocol/sentences/progress.ts';
import { aboutWords } from '../../../protocol/sentences/words.ts';
import { explainUnwritable } from '../../disk/atomic.ts';
import { madeFrom } from '../../library/madeFrom.ts';
import { readModelFolder } from '../../library/modelFolder.ts';
import { assertModelId } from '../../library/modelId.ts';
import type { ModelStore } from '../../library/store.ts';
import { type ChangeResult, createModelChanges, type ModelChanges } from '../../serving/changes.ts';
import type { ModelRegistry } from '../../serving/registry.ts';
import type { Log } from '../../telemetry/log.ts';
import { runChangeWords, runImport, runQuantize } from '../run/process.ts';
import { readReceivedFile } from '../sources/files.ts';
import type { Hub } from '../sources/huggingFace.ts';
import { receiveSource } from '../sources/receive.ts';
import type { SourceFiles } from '../sources/sourceFiles.ts';
import { conflictText, findConflict } from './nameConflict.ts';
import type { PendingImport } from './pendingImport.ts';
import { createPendingImports, worded } from './pendingImports.ts';
import { writeUpload } from './upload.ts';

/** Imports that clients of HTTP have in flight. */
export interface Imports {
  /** Begins with the bytes of a file; resolves when all of them are here. @throws CodedError */
  upload(name: string, body: Readable, options: ImportOptions): Promise<ImportState>;
  /** Begins with what is fetched: an https address or `hf:owner/name`. @throws CodedError */
  fetch(source: string, options: ImportOptions): Promise<ImportState>;
  /** Makes an int8 version of the version of a model that is live. @param modelId of a model that is there @throws CodedError */
  quantize(modelId: string): Promise<ImportState>;
  /** Makes a version of a model that looks for other words, and makes it live. @param modelId of a model that is there @throws CodedError */
  words(modelId: string, words: readonly string[]): Promise<ImportState>;
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
  modelsDir: string;
  store: ModelStore;
  registry: Pick<ModelRegistry, 'refresh'>;
  log: Log;
  maxModelBytes: number;
  hub: Hub;
  /** An import that no one says yes to is removed after that. Default 15 minutes. */
  abandonedMs?: number;
}

const ABANDONED_MS = 15 * 60_000;

export function createImports(options: ImportsOptions): Imports {
  const { modelsDir, store, registry, log, maxModelBytes, hub, abandonedMs = ABANDONED_MS } = options;
  const pending = createPendingImports(store, log, abandonedMs);
  const { begin, find, update, fail, end } = pending;
  const changes = createModelChanges(store, { tryChange: registry.refresh, reload: registry.refresh }, log);

  /** Inspects the files in a separate process, one import after the other. */
  function startInspection(one: PendingImport, source: SourceFiles, given: ImportOptions): ImportState {
    const { signal } = one.stop;
    return pending.runInTurn(one, async () => {
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
    });
  }

  /** Asks for the yes, and by what name. */
  async function ask(one: PendingImport, { conflict: _, ...report }: ImportReport): Promise<void> {
    const { isNew = false, conflict } = (await one.name?.()) ?? {};
    one.isNew = isNew;
    update(one, { phase: 'asking', report: { ...report, ...(conflict && { conflict }) } });
  }

  /**
   * Puts it on trial, and live.
   * @param shown what is live then
   * @param activate gives undefined where something else is asked now
   */
  function makeLive(
    one: PendingImport,
    shown: Pick<ImportState, 'report' | 'quantized'>,
    activate: () => Promise<ChangeResult | undefined>,
  ): ImportState {
    const state = update(one, { phase: 'trial', ...worded(progress('loads_next')), ...shown });
    const { id: model, version } = shown.report ?? shown.quantized ?? {};
    const work = async () => {
      const outcome = await activate();
      if (outcome === undefined) return;
      const why = outcome.ok ? {} : { why: String(outcome.why) };
      log.info({ model, version, ok: outcome.ok, ...why }, 'import accepted');
      if (outcome.ok) {
        update(one, { phase: 'live', ...shown });
        return;
      }
      const { why: text, details } = outcome;
      const error = { code: 'refused', ...worded(text), ...(details && { details: [...details] }) };
      update(one, { phase: 'refused', ...shown, error });
    };
    one.work = work().catch((error) => void fail(one, error));
    return state;
  }

  /** Where another version has become live in the meantime, it stays. */
  function acceptQuantized(
    one: PendingImport,
    quantized: QuantizationReport,
    stagedDir: string,
  ): ImportState {
    const { id, from, isFaster } = quantized;
    if (!isFaster) throw new CodedError('conflict', aboutModels('int8_not_faster'));
    const assertLive = madeFrom(id, from, (values) => aboutModels('quantized_other', values));
    return makeLive(one, { quantized }, () => changes.activate(id, stagedDir, { assertLive }));
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

    async quantize(modelId) {
      const one = await begin({});
      one.quantizes = modelId;
      const { signal } = one.stop;
      return pending.runInTurn(one, async () => {
        const stagingDir = path.join(one.workspace.dir, 'version');
        await mkdir(stagingDir);
        const task = { dir: path.join(modelsDir, modelId), stagingDir };
        const onProgress = (text: Text) => update(one, { phase: 'looking', ...worded(text) });
        const { report } = await runQuantize(task, { signal, onProgress });
        one.stagedDir = stagingDir;
        update(one, { phase: 'asking', quantized: report });
      });
    },

    async words(modelId, words) {
      const dir = path.join(modelsDir, modelId);
      const live = await readModelFolder(dir);
      if (live.manifest.words === undefined) {
        throw new CodedError('conflict', aboutWords('words_fixed', { id: modelId }));
      }
      const one = await begin({});
      one.wordsOf = modelId;
      const { signal } = one.stop;
      return pending.runInTurn(one, async () => {
        const stagingDir = path.join(one.workspace.dir, 'version');
        await mkdir(stagingDir);
        const onProgress = (text: Text) => update(one, { phase: 'looking', ...worded(text) });
        const { report, from } = await runChangeWords({ dir, stagingDir, words }, { signal, onProgress });
        // It may have been ended in the moment in which they were done.
        signal.throwIfAborted();
        one.stagedDir = stagingDir;
        const assertLive = madeFrom(modelId, from, (values) => aboutWords('words_late', values));
        makeLive(one, { report }, () => changes.activate(modelId, stagingDir, { assertLive }));
      });
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
      const { report, quantized, phase } = one.state;
      const { stagedDir } = one;
      if (phase === 'asking' && quantized && stagedDir) return acceptQuantized(one, quantized, stagedDir);
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
      return makeLive(one, { report: named }, async () => {
        try {
          return await changes.activate(named.id, stagedDir, { isNew, name });
        } catch (error) {
          // Another import was quicker: nothing has changed, and the question is another one now.
          if (!isNew || !(error instanceof CodedError) || error.code !== 'conflict') throw error;
          await ask(one, report);
          return undefined;
        }
      });
    },

    async drop(id) {
      const one = find(id);
      if (one.state.phase === 'trial') {
        throw new CodedError('conflict', aboutModels('being_made_live'));
      }
      await end(one);
    },

    close: () => pending.close(),
    changes,
  };
}
