import { stat } from 'node:fs/promises';
import type { ModelFolder } from './modelFolder.ts';

type GraphFiles = Pick<ModelFolder, 'graphFiles'>;

/** Size of all graphs of a model, bytes; a file that cannot be read counts as 0. */
export async function graphBytesOf({ graphFiles }: GraphFiles): Promise<number> {
  const files = await Promise.all(Object.values(graphFiles).map((file) => stat(file).catch(() => undefined)));
  return files.reduce((sum, file) => sum + (file?.size ?? 0), 0);
}

/**
 * Memory that a loaded model takes, bytes: the growth of its process, and at least its weights. A process may even shrink while
 * it loads a small model: garbage of its start is collected, or the system takes pages of its code back. Without this
 * bound such a model passed every limit of memory.
 */
export async function modelMemory(model: GraphFiles, grownBytes: number): Promise<number> {
  return Math.max(await graphBytesOf(model), grownBytes);
}
