import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import type { Verification } from '../../../protocol/models.ts';
import { disagreementOf, type GoldenCase } from '../../../vision/disagreement.ts';
import { compareWithGolden } from '../../../vision/golden.ts';
import { Golden } from '../../../vision/manifest.ts';
import { openGraph, RUNTIME } from '../../inference/graph.ts';
import { readModelFolder, verifyGraphHash } from '../../library/modelFolder.ts';
import { decodeFor } from '../pictures/samplePictures.ts';

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
    const cases: GoldenCase[] = [];
    let sameTop = 0;
    let largestDifference = 0;
    for (const { image, pixels, expected } of goldens) {
      const answer = await graph.run(pixels);
      const found = compareWithGolden(expected, answer);
      cases.push({ picture: image, golden: expected, answer });
      largestDifference = Math.max(largestDifference, found.largest);
      if (found.sameTop) sameTop++;
    }
    const { summary, details: problems = [] } = disagreementOf(cases, labels) ?? {};
    runtimes.push({
      runtime: `${RUNTIME}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
      goldens: goldens.length,
      sameTop,
      largestDifference,
      recordedBy: [...new Set(goldens.map(({ expected }) => expected.recordedBy))].join(', '),
      ...(summary !== undefined && { summary }),
      problems: [...problems],
    });
  }
  return { model: `${manifest.id}@${version}`, runtimes };
}
