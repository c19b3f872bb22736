import type { Verification } from '../../../protocol/models.ts';
import { sentenceOf } from '../../../protocol/sentence.ts';
import { disagreementOf } from '../../../vision/disagreement.ts';
import { runGoldens } from '../../../vision/runGoldens.ts';
import { openModel } from '../../inference/model.ts';
import { readGoldens } from '../../inference/readGoldens.ts';
import { RUNTIME } from '../../inference/runtime.ts';
import { readModelFolder, verifyGraphHashes } from '../../library/modelFolder.ts';

/** A lone frame is run on several threads, concurrent frames on one each. */
const THREADS = [1, 2];

/**
 * Compares a model's goldens with what runtimes give here.
 * @param dir a model folder, `models/<id>`
 * @throws Error when the folder or a graph is broken, or a graph is not the one that the manifest names
 */
export async function verifyFolder(dir: string): Promise<Verification> {
  const folder = await readModelFolder(dir);
  await verifyGraphHashes(folder);
  const { manifest, version, labels } = folder;
  const runtimes: Verification['runtimes'] = [];
  for (const threads of THREADS) {
    const model = await openModel(folder, threads);
    const { cases, sameTop, largestDifference } = await runGoldens(readGoldens(folder), model.run);
    await model.release();
    const { summary, details: problems = [] } = disagreementOf(cases, labels) ?? {};
    runtimes.push({
      runtime: `${RUNTIME}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
      goldens: cases.length,
      sameTop,
      largestDifference,
      recordedBy: [...new Set(cases.map(({ golden }) => golden.recordedBy))].join(', '),
      ...(summary !== undefined && { summary: summary.text, ...sentenceOf(summary) }),
      problems: [...problems],
    });
  }
  return { model: `${manifest.id}@${version}`, runtimes };
}
