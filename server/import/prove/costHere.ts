import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import type { ImportReport } from '../../../protocol/models.ts';
import { Manifest } from '../../../vision/manifest.ts';
import { openGraph, startRuntime } from '../../inference/graph.ts';

const RUNS = 7;

/** Loads and runs a version's graph in this process, on one core. Its memory is that of a process that did nothing before. */
export async function costHere(dir: string): Promise<ImportReport['cost']> {
  const manifest = v.parse(Manifest, JSON.parse(await readFile(path.join(dir, 'manifest.json'), 'utf8')));
  const labels = manifest.labels
    ? (await readFile(path.join(dir, manifest.labels), 'utf8')).trimEnd().split(/\r?\n/)
    : [];
  const { width, height } = manifest.input;
  const pixels = new Uint8Array(width * height * 3).fill(114);
  await startRuntime();
  const before = process.memoryUsage.rss();
  const startedAt = performance.now();
  const graph = await openGraph(path.join(dir, manifest.graph.file), manifest, labels, 1);
  const loadMs = performance.now() - startedAt;
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const runAt = performance.now();
    await graph.run(pixels);
    times.push(performance.now() - runAt);
  }
  const inferMs = times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
  const memoryBytes = Math.max(0, process.memoryUsage.rss() - before);
  return { loadMs, inferMs, memoryBytes };
}
