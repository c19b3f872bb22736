import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import type { Verification } from '../../../protocol/models.ts';
import { compareWithGolden } from '../../../vision/golden.ts';
import { Golden } from '../../../vision/manifest.ts';
import { openGraph, RUNTIME } from '../../worker/graph.ts';
import { readModelFolder, verifyGraphHash } from '../modelFolder.ts';
import { decodeFor } from './samplePictures.ts';

/** A lone frame is run on several threads, frames side by side on one each. */
const THREADS = [1, 2];

/**
 * Holds a model's goldens against what runtimes give here.
 * @param dir a model folder, `models/<id>`
 * @throws Error when the folder or its graph is broken, or the graph is not the one that the manifest names
 */
export async function verifyFolder(dir: string): Promise<Verification> {
  const folder = await readModelFolder(dir);
  await verifyGraphHash(folder);
  const { manifest, version, labels, graphFile } = folder;
  const goldens = await Promise.all(
    manifest.goldens.map(async ({ image, expected }) => {
      const { pixels } = await decodeFor(await readFile(path.join(dir, image)), manifest.input, true);
      const text = await readFile(path.join(dir, expected), 'utf8');
      return { image, pixels, expected: v.parse(Golden, JSON.parse(text)) };
    }),
  );
  const runtimes: Verification['runtimes'] = [];
  for (const threads of THREADS) {
    const graph = await openGraph(graphFile, manifest, labels, threads);
    const problems: string[] = [];
    let sameTop = 0;
    let largestDifference = 0;
    for (const { image, pixels, expected } of goldens) {
      const found = compareWithGolden(expected, await graph.run(pixels));
      problems.push(...found.differences.map((difference) => `${image}: ${difference}`));
      largestDifference = Math.max(largestDifference, found.largest);
      if (found.sameTop) sameTop++;
    }
    runtimes.push({
      runtime: `${RUNTIME}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
      goldens: goldens.length,
      sameTop,
      largestDifference,
      recordedBy: [...new Set(goldens.map(({ expected }) => expected.recordedBy))].join(', '),
      problems,
    });
  }
  return { model: `${manifest.id}@${version}`, runtimes };
}
