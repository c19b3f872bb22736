import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

interface LoopResult {
  perSecond: number;
  runsMs: number[];
  /** Processor time of all, ms. */
  cpuMs: number;
}

/** Loops over a runtime (rawLoop.ts, tfjsLoop.ts), each in a process of its own; idle but while they are asked. */
export interface Loops {
  run(durationMs: number): Promise<LoopResult>;
  close(): void;
}

export async function startLoops(options: {
  script: 'rawLoop' | 'tfjsLoop';
  processes: number;
  threads: number;
  /** For `rawLoop`, a graph that takes what the shipped model takes. Default: that model's. */
  graph?: string;
}): Promise<Loops> {
  const args = [String(options.threads), ...(options.graph === undefined ? [] : [options.graph])];
  const loops = await Promise.all(
    Array.from({ length: options.processes }, async () => {
      const child = fork(`bench/${options.script}.ts`, args, { execArgv: ['--import', 'tsx'] });
      const ended = once(child, 'exit').then(() => {
        throw new Error(`${options.script} ended before it was ready.`);
      });
      await Promise.race([once(child, 'message'), ended]);
      ended.catch(() => {});
      return child;
    }),
  );
  return {
    async run(durationMs) {
      const answers = loops.map((loop) => once(loop, 'message'));
      for (const loop of loops) loop.send('go');
      await sleep(durationMs);
      for (const loop of loops) loop.send('stop');
      const results = (await Promise.all(answers)) as [LoopResult][];
      return {
        perSecond: results.reduce((sum, [{ perSecond }]) => sum + perSecond, 0),
        runsMs: results.flatMap(([{ runsMs }]) => runsMs),
        cpuMs: results.reduce((sum, [{ cpuMs }]) => sum + cpuMs, 0),
      };
    },
    close() {
      for (const loop of loops) if (loop.connected) loop.disconnect();
    },
  };
}
