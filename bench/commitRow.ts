import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { BenchResult } from './result.ts';

/** The lines that a row is made of. */
export const ROW_LINES = ['saturation', 'processor'] as const;

/** The columns of the table by commit in docs/performance.md, by the names of their results. */
const COLUMNS = [
  'saturation, best of these against bare onnxruntime',
  'processor time: share of bare onnxruntime',
  'processor time of a label: bare graph',
  'processor time of a label: outside the graph',
  'processor time of a label: the process with the sockets',
  'processor time of a frame: the process with the sockets',
  'processor time: a frame that the cameras send',
];

/** A row for the table by commit in docs/performance.md. A `+` behind the commit: files differ from it. */
export async function commitRow(results: readonly BenchResult[]): Promise<string> {
  const cells = COLUMNS.map((column) => {
    const value = results.find(({ name }) => name === column)?.value ?? Number.NaN;
    return Number.isNaN(value) ? '-' : value.toFixed(2);
  });
  const day = new Date().toISOString().slice(0, 10);
  return `| ${[day, await commit(), ...cells].join(' | ')} |`;
}

async function commit(): Promise<string> {
  const git = async (...args: string[]) => (await promisify(execFile)('git', args)).stdout.trim();
  try {
    const isChanged = (await git('status', '--porcelain', '--untracked-files=no')) !== '';
    return `\`${await git('rev-parse', '--short', 'HEAD')}\`${isChanged ? '+' : ''}`;
  } catch {
    return '-';
  }
}
