import type { ChildProcess } from 'node:child_process';
import type { ImportOptions, ImportQuestion } from '../../../protocol/models.ts';
import { type Text, textFrom, type WireSentence } from '../../../protocol/sentence.ts';
import { aboutGraph } from '../../../protocol/sentences/graphs.ts';
import { formatBytes } from '../../../vision/formatBytes.ts';
import { forkChild } from '../../config/forkChild.ts';
import type { HalfTask } from '../half/makeHalfGraphs.ts';
import { ImportError, type ImportErrorCode } from '../importError.ts';
import type { Sample } from '../pictures/samplePictures.ts';
import type { LiteRtTask } from '../prove/liteRt.ts';
import type { QuantizeTask } from '../quantize/quantizeVersion.ts';
import type { ScoreTask } from '../score/scoreVersions.ts';
import type { SourceFiles } from '../sources/sourceFiles.ts';
import type { ThingsModelTask } from '../things/makeThingsModel.ts';
import type { WordsTask } from '../words/changeWords.ts';

/** What a process is asked for; it answers once and ends. */
export type ChildTask =
  | {
      type: 'import';
      source: SourceFiles;
      options: ImportOptions;
      stagingDir: string;
      samples: readonly Sample[] | undefined;
    }
  | ({ type: 'quantize' } & QuantizeTask)
  | ({ type: 'score' } & ScoreTask)
  | ({ type: 'words' } & WordsTask)
  | ({ type: 'half' } & HalfTask)
  | ({ type: 'things' } & ThingsModelTask)
  | { type: 'measure'; dir: string }
  | { type: 'verify'; dir: string }
  | ({ type: 'lite-rt' } & LiteRtTask);

export type ToChild = ChildTask & { maxMemoryBytes: number };

export type FromChild =
  | { type: 'progress'; message: string; sentence?: WireSentence }
  | { type: 'counted'; done: number; of: number }
  | { type: 'done'; result: unknown }
  | {
      type: 'refused';
      code: ImportErrorCode;
      message: string;
      sentence?: WireSentence;
      question?: ImportQuestion | undefined;
    }
  | { type: 'failed'; message: string };

export interface ChildLimits {
  onProgress?: ((message: Text) => void) | undefined;
  /** How many of all are done. */
  onCount?: ((done: number, of: number) => void) | undefined;
  signal?: AbortSignal | undefined;
  /** The process is ended when it took that long, or that long since it last counted. Default 10 minutes. */
  timeoutMs?: number;
  /** The process is ended when it holds more. Default 6 GB. */
  maxMemoryBytes?: number;
}

/** What the process writes to standard error before it ends itself for its memory. */
export const OUT_OF_MEMORY = 'livelens: out of memory';

const ENTRY = { source: new URL('./importerMain.ts', import.meta.url), built: 'importer.js' };

/**
 * For glibc, elsewhere without a meaning: what is 1 MB or larger goes back to the system as soon as it is freed. By itself
 * glibc keeps blocks as large as the largest that was freed, which are weights: up to a copy of the model.
 */
export const FREES_LARGE_BLOCKS = { MALLOC_MMAP_THRESHOLD_: '1048576' } as const;

/** Starts a process that waits for its task; it ends with this one. */
export const startChild = (): ChildProcess => forkChild(ENTRY, { stderr: 'pipe', env: FREES_LARGE_BLOCKS });

/**
 * Does one task with untrusted bytes in a separate process.
 * @param start gives one that was started before, and is still there
 * @throws ImportError as the task does, or `importer_died`; the signal's reason when it aborts
 */
export function runChild<Result>(
  task: ChildTask,
  limits: ChildLimits = {},
  start: () => ChildProcess = startChild,
): Promise<Result> {
  const { onProgress, onCount, signal, timeoutMs = 600_000, maxMemoryBytes = 6e9 } = limits;
  signal?.throwIfAborted();
  const child = start();
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4_000);
  });
  return new Promise<Result>((resolve, reject) => {
    const died = (why: Text) => new ImportError('importer_died', why);
    let outcome: (() => void) | undefined;
    const end = (settle: () => void) => {
      outcome ??= settle;
      child.kill('SIGKILL');
    };
    const seconds = Math.round(timeoutMs / 1000);
    const timer = setTimeout(
      () => end(() => reject(died(aboutGraph('importer_slow', { seconds })))),
      timeoutMs,
    );
    const onAbort = () => end(() => reject(signal?.reason));
    signal?.addEventListener('abort', onAbort);
    child.on('message', (message: FromChild) => {
      switch (message.type) {
        case 'progress':
          onProgress?.(textFrom(message.message, message.sentence));
          break;
        case 'counted':
          timer.refresh();
          onCount?.(message.done, message.of);
          break;
        case 'done':
          end(() => resolve(message.result as Result));
          break;
        case 'refused':
          end(() =>
            reject(
              new ImportError(message.code, textFrom(message.message, message.sentence), {
                question: message.question,
              }),
            ),
          );
          break;
        case 'failed':
          end(() => reject(died(aboutGraph('importer_failed', { why: message.message }))));
          break;
      }
    });
    const settle = (how: string) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      if (outcome) return outcome();
      const why = complaint.includes(OUT_OF_MEMORY)
        ? aboutGraph('importer_memory', { max: formatBytes(maxMemoryBytes) })
        : aboutGraph('importer_ended', { how, complaint: lastLine(complaint) });
      reject(died(why));
    };
    // `close` comes after the last line of standard error, `exit` may come before.
    child.once('close', (code, killer) => settle(killer === null ? `exit code ${code}` : `signal ${killer}`));
    child.once('error', (error) => settle(error.message));
    child.send({ ...task, maxMemoryBytes } satisfies ToChild, () => {});
  });
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.slice(0, 500) ?? '';
