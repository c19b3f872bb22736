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
}): Promise<Loops> {
  const loops = await Promise.all(
    Array.from({ length: options.processes }, async () => {
      const child = fork(`bench/${options.script}.ts`, [String(options.threads)], {
        execArgv: ['--import', 'tsx'],
      });
      await once(child, 'message');
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
      for (const loop of loops) loop.disconnect();
    },
  };
}
