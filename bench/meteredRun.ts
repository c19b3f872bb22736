import type { Load, LoadPlan, LoadReport } from './load.ts';
import { processTree } from './processTree.ts';

/** What a server took for a run of the load, after the warming; its workers included, or alone. NaN where there is no /proc. */
interface MeteredReport extends LoadReport {
  cpuMs: number;
  ownCpuMs: number;
}

/** Runs `sessions` cameras that send all they may. */
export async function meteredRun(
  load: Load,
  server: { url: string; pid: number | undefined },
  { sessions, ...times }: { sessions: number } & Omit<LoadPlan, 'cameras'>,
): Promise<MeteredReport> {
  let before = processTree(undefined);
  const cameras = [{ url: server.url, group: 'all', count: sessions, pace: 'eager' as const }];
  const report = await load.run({ cameras, ...times }, () => {
    before = processTree(server.pid);
  });
  const [from, to] = [await before, await processTree(server.pid)];
  return { ...report, cpuMs: to.cpuMs - from.cpuMs, ownCpuMs: to.ownCpuMs - from.ownCpuMs };
}
