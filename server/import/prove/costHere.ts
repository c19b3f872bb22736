import path from 'node:path';
import type { ImportReport } from '../../../protocol/models.ts';
import { LETTERBOX_GREY, trialSize } from '../../../vision/steps.ts';
import { openModel, startRuntime } from '../../inference/model.ts';
import { modelMemory } from '../../library/graphBytes.ts';
import { readLabels, readManifest } from '../../library/manifestFile.ts';
import { graphFilesIn } from '../../library/modelFolder.ts';

const RUNS = 7;

/** Loads and runs a version in this process, on one core. Its memory is that of a process that did nothing before. */
export async function costHere(dir: string): Promise<ImportReport['cost']> {
  const manifest = await readManifest(path.join(dir, 'manifest.json'));
  const labels = await readLabels(dir, manifest);
  const size = trialSize(manifest.input);
  const pixels = new Uint8Array(size.width * size.height * 3).fill(LETTERBOX_GREY[0]);
  await startRuntime();
  const before = process.memoryUsage.rss();
  const startedAt = performance.now();
  const graphFiles = graphFilesIn(dir, manifest);
  const model = await openModel({ manifest, labels, graphFiles }, 1);
  const loadMs = performance.now() - startedAt;
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const runAt = performance.now();
    await model.run(pixels, size);
    times.push(performance.now() - runAt);
  }
  const inferMs = times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
  const memoryBytes = await modelMemory({ graphFiles }, process.memoryUsage.rss() - before);
  return { loadMs, inferMs, memoryBytes };
}
