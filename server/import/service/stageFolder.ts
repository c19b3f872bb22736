import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { exists } from '../../disk/atomic.ts';
import { readManifest } from '../../library/manifestFile.ts';
import { filesOf } from '../../library/stagedVersion.ts';
import { runImport } from '../run/process.ts';
import { receiveFiles } from '../sources/files.ts';

export interface StagedFolder {
  /** What its maker calls it: a name for a folder. */
  readonly id: string;
  readonly stagedDir: string;
}

/**
 * Makes a version of what stands in a folder of this machine, without a question: a model of ours is copied, anything else
 * imported as `npm run models -- add` imports it.
 * @param folder a folder, or a file
 * @param workDir an empty folder for it
 * @throws ImportError, Error when the model is not in order; the signal's reason when it aborts
 */
export async function stageFolder(
  folder: string,
  workDir: string,
  { maxBytes, signal }: { maxBytes: number; signal?: AbortSignal },
): Promise<StagedFolder> {
  const stagedDir = path.join(workDir, 'version');
  await mkdir(stagedDir);
  const manifestFile = path.join(folder, 'manifest.json');
  if (await exists(manifestFile)) {
    const manifest = await readManifest(manifestFile);
    for (const file of ['manifest.json', ...filesOf(manifest)]) {
      await mkdir(path.dirname(path.join(stagedDir, file)), { recursive: true });
      await copyFile(path.join(folder, file), path.join(stagedDir, file));
    }
    return { id: manifest.id, stagedDir };
  }
  const dir = path.join(workDir, 'model');
  await mkdir(dir);
  const given = signal ?? new AbortController().signal;
  const files = await receiveFiles(folder, { dir, maxBytes, signal: given });
  const { report } = await runImport(files, {}, { stagingDir: stagedDir, signal: given });
  return { id: report.id, stagedDir };
}
