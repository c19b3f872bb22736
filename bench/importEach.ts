import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../protocol/errors.ts';
import type { ImportReport } from '../protocol/models.ts';
import { ImportError } from '../server/import/importError.ts';
import { runImport } from '../server/import/run/process.ts';
import { receiveFiles } from '../server/import/sources/files.ts';

/**
 * What becomes of each of many models that other people made: a row of a table for each file or folder. A refusal says its
 * code and why; a model that comes in says its task, and what it sees in the sample pictures.
 *
 *     npx tsx bench/importEach.ts [--samples 3] FILE_OR_FOLDER ...
 */
const { positionals: sources, values } = parseArgs({
  allowPositionals: true,
  options: { samples: { type: 'string', default: '3' } },
});

console.log('| model | outcome | seconds |\n| --- | --- | --- |');
for (const source of sources) {
  const start = performance.now();
  const outcome = await importOne(source).catch(refusal);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`| ${path.basename(source)} | ${outcome} | ${seconds} |`);
}

async function importOne(source: string): Promise<string> {
  const root = await mkdtemp(path.join(tmpdir(), 'livelens-each-'));
  try {
    const [dir, stagingDir] = [path.join(root, 'files'), path.join(root, 'staging')];
    for (const folder of [dir, stagingDir]) await mkdir(folder);
    const files = await receiveFiles(source, { dir, maxBytes: 2e9 });
    const { report } = await runImport(files, {}, { stagingDir });
    return describe(report);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function describe({ task, samples, goldens, warnings }: ImportReport): string {
  const seen = samples.slice(0, Number(values.samples)).map(({ name, labels }) => {
    const [best] = labels;
    return `${name}: ${best ? `${best.label} ${best.score.toFixed(2)}` : 'nothing'}`;
  });
  const most = goldens.largestDifference?.toExponential(0) ?? '?';
  const proof = `${goldens.count} goldens of ${goldens.recordedBy}, within ${most}`;
  return [task, ...seen, proof, ...warnings.map(({ code }) => `warning ${code}`)].join('; ');
}

function refusal(error: unknown): string {
  const text = messageOf(error).replaceAll(/\s+/g, ' ').replaceAll('|', '/').slice(0, 600);
  return error instanceof ImportError ? `refused, ${error.code}: ${text}` : `FAILED: ${text}`;
}
