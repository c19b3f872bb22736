import { fork } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { AIM_LINES, aimRows } from './aims.ts';
import { commitRow, ROW_LINES } from './commitRow.ts';
import type { BenchLine, BenchResult } from './result.ts';
import { tableOf } from './result.ts';

/**
 * `npm run bench` measures every line, prints one table and writes bench/results.json, which git ignores: it tells of
 * one machine at one moment. `npm run bench -- fairness stall` measures those lines only; `npm run bench -- --row` measures what
 * the table by commit in docs/performance.md has, and prints a row for it; `npm run bench -- --aims` measures what the aims for
 * speed need (twenty minutes), and prints a table of them alone, by the clock and by processor time. Each line has a process of
 * its own, so that none inherits the heap or the timers of another. A missed aim is a row that says so, not a failure.
 */
const LINES: Record<string, () => Promise<{ measure: BenchLine }>> = {
  start: () => import('./lines/start.ts'),
  firstLabel: () => import('./lines/firstLabel.ts'),
  firstBoxFirefox: () => import('./lines/firstBoxFirefox.ts'),
  firstBoxWebKit: () => import('./lines/firstBoxWebKit.ts'),
  visit: () => import('./lines/visit.ts'),
  saturation: () => import('./lines/saturation.ts'),
  processor: () => import('./lines/processor.ts'),
  earlier: () => import('./lines/earlier.ts'),
  oneSession: () => import('./lines/oneSession.ts'),
  overload: () => import('./lines/overload.ts'),
  fairness: () => import('./lines/fairness.ts'),
  closer: () => import('./lines/closer.ts'),
  predict: () => import('./lines/predict.ts'),
  tfjs: () => import('./lines/tfjs.ts'),
  tutorial: () => import('./lines/tutorial.ts'),
  badLink: () => import('./lines/badLink.ts'),
  stall: () => import('./lines/stall.ts'),
  workers: () => import('./lines/workers.ts'),
  fleet: () => import('./lines/fleet.ts'),
  idle: () => import('./lines/idle.ts'),
  hostile: () => import('./lines/hostile.ts'),
  screen: () => import('./lines/screen.ts'),
  swap: () => import('./lines/swap.ts'),
  things: () => import('./lines/things.ts'),
  tracing: () => import('./lines/tracing.ts'),
  importTime: () => import('./lines/importTime.ts'),
  bytes: () => import('./lines/bytes.ts'),
  decoding: () => import('./lines/decoding.ts'),
  encoding: () => import('./lines/encoding.ts'),
  codes: () => import('./lines/codes.ts'),
  glassToLabel: () => import('./lines/glassToLabel.ts'),
  mainThread: () => import('./lines/mainThread.ts'),
  overlay: () => import('./lines/overlay.ts'),
  pageTasks: () => import('./lines/pageTasks.ts'),
  modes: () => import('./lines/modes.ts'),
  device: () => import('./lines/device.ts'),
  deviceFirefox: () => import('./lines/deviceFirefox.ts'),
  deviceWebKit: () => import('./lines/deviceWebKit.ts'),
  deviceMemory: () => import('./lines/deviceMemory.ts'),
  int8: () => import('./lines/int8.ts'),
  textAccuracy: () => import('./lines/textAccuracy.ts'),
  textSpeed: () => import('./lines/textSpeed.ts'),
  textMemory: () => import('./lines/textMemory.ts'),
};

const [first, ...rest] = process.argv.slice(2);
if (first === '--here' && process.send) {
  await measureHere(rest[0] ?? '');
} else if (first === '--row') {
  process.stdout.write(`${await commitRow(await measureAll(ROW_LINES))}\n`);
} else if (first === '--aims') {
  const results = await measureAll(rest.length > 0 ? rest : AIM_LINES);
  process.stdout.write(`\n${tableOf(aimRows(results))}\n`);
} else {
  await measureAll(first === undefined ? Object.keys(LINES) : [first, ...rest]);
}

async function measureHere(name: string): Promise<void> {
  const line = await LINES[name]?.();
  if (line === undefined) throw new Error(`No line "${name}".`);
  const results = await line.measure();
  process.send?.(results, () => process.exit(0));
}

async function measureAll(names: readonly string[]): Promise<readonly BenchResult[]> {
  const unknown = names.find((name) => !(name in LINES));
  if (unknown !== undefined) {
    throw new Error(`No line "${unknown}"; there are ${Object.keys(LINES).join(', ')}.`);
  }
  const results: BenchResult[] = [];
  for (const name of names) {
    const startedAt = performance.now();
    process.stderr.write(`${name} ...`);
    const rows = await measureInProcess(name);
    process.stderr.write(` ${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`);
    results.push(...(rows ?? []));
    if (rows === undefined) process.exitCode = 1;
  }
  process.stdout.write(`${tableOf(results)}\n`);
  const machine = { cores: availableParallelism(), cpu: cpus()[0]?.model, node: process.version };
  const record = { at: new Date().toISOString(), machine, results };
  await writeFile('bench/results.json', `${JSON.stringify(record, null, 2)}\n`);
  return results;
}

/** The rows of one line; undefined if it broke, which it has then said on standard error. */
function measureInProcess(name: string): Promise<BenchResult[] | undefined> {
  const child = fork('bench/run.ts', ['--here', name], {
    execArgv: ['--import', 'tsx'],
    // NaN, and rows as they are.
    serialization: 'advanced',
  });
  return new Promise((resolve) => {
    let rows: BenchResult[] | undefined;
    child.on('message', (message: BenchResult[]) => {
      rows = message;
    });
    child.once('exit', () => resolve(rows));
  });
}
