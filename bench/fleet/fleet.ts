import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../e2e/harness/freePort.ts';
import { startNats } from '../../server/testing/natsServer.ts';
import { measureAnnouncements } from './announcements.ts';
import { type NatsUse, natsUse } from './natsUse.ts';
import type { FleetPlan, FleetReport, WorkerOrder, WorkerUse } from './plan.ts';

/** Processor time of all parts in the measured time, ms, and what went through NATS. */
export interface FleetRun extends FleetReport {
  readonly nats: NatsUse;
  readonly workersCpuMs: number;
  /** Labels that each worker has made. */
  readonly labelsByWorker: readonly number[];
}

export interface FleetRunPlan extends Omit<FleetPlan, 'warmMs' | 'durationMs' | 'seed'> {
  readonly warmMs?: number;
  readonly durationMs?: number;
  readonly seed?: number;
}

/** A gateway, a NATS server, and workers in processes of their own, all idle but while they are asked. */
export interface Fleet {
  run(plan: FleetRunPlan): Promise<FleetRun>;
  /** See `measureAnnouncements`. */
  announcements(): ReturnType<typeof measureAnnouncements>;
  close(): Promise<void>;
}

export async function startFleet(workers: number): Promise<Fleet> {
  const closers: (() => Promise<void>)[] = [];
  const cleanup = { after: (close: () => Promise<void>) => void closers.unshift(close) };
  const folder = await mkdtemp(path.join(tmpdir(), 'livelens-fleet-'));
  cleanup.after(() => rm(folder, { recursive: true, force: true }));
  const [monitorPort, pidFile] = [await freePort(), path.join(folder, 'pid')];
  const nats = await startNats(cleanup, ['-m', String(monitorPort), '-P', pidFile]);
  const start = (script: string, env: Record<string, string>) => {
    const child = fork(`bench/${script}.ts`, {
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced',
      env: { ...process.env, FLEET_NATS_URL: nats.url, ...env },
    });
    cleanup.after(() => end(child));
    return child;
  };
  const gateway = start('fleetGateway', {});
  const [socket] = (await heard(gateway)) as [string];
  const processes = Array.from({ length: workers }, () => start('fleetWorker', { FLEET_SOCKET: socket }));
  await Promise.all(processes.map(heard));

  async function ask(child: ChildProcess, order: WorkerOrder): Promise<WorkerUse> {
    const answer = heard(child);
    child.send(order);
    return ((await answer) as [WorkerUse])[0];
  }

  return {
    async run(given) {
      const plan: FleetPlan = { warmMs: 1_000, durationMs: 4_000, seed: 1, ...given };
      const { side } = plan;
      const used = side === 'memory' ? [] : processes.slice(0, plan.workersMs.length);
      await Promise.all(
        used.map((child, index) =>
          ask(child, { kind: 'work', side: side as 'nats', workMs: plan.workersMs[index] ?? 0 }),
        ),
      );
      const uses = () =>
        Promise.all([natsUse(monitorPort, pidFile), ...used.map((child) => ask(child, { kind: 'use' }))]);
      const measuring = heard(gateway);
      gateway.send(side === 'memory' ? plan : { ...plan, workersMs: [] });
      await measuring;
      const measured = heard(gateway);
      const [natsBefore, ...before] = await uses();
      await measured;
      const reported = heard(gateway);
      const [natsAfter, ...after] = await uses();
      const [report] = (await reported) as [FleetReport];
      await Promise.all(used.map((child) => ask(child, { kind: 'rest' })));
      const grown = after.map(({ cpuMs, labels }, index) => ({
        cpuMs: cpuMs - (before[index]?.cpuMs ?? 0),
        labels: labels - (before[index]?.labels ?? 0),
      }));
      return {
        ...report,
        nats: difference(natsAfter, natsBefore),
        workersCpuMs: grown.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
        labelsByWorker: grown.map(({ labels }) => labels),
      };
    },
    announcements: () => measureAnnouncements(nats.url, () => natsUse(monitorPort, pidFile)),
    async close() {
      for (const close of closers) await close();
    },
  };
}

const difference = (to: NatsUse, from: NatsUse): NatsUse => ({
  cpuMs: to.cpuMs - from.cpuMs,
  messagesIn: to.messagesIn - from.messagesIn,
  messagesOut: to.messagesOut - from.messagesOut,
  bytesIn: to.bytesIn - from.bytesIn,
  bytesOut: to.bytesOut - from.bytesOut,
});

/** The next message of a process. @throws Error if it ends first */
async function heard(child: ChildProcess): Promise<unknown[]> {
  const settled = new AbortController();
  try {
    return await Promise.race([
      once(child, 'message', { signal: settled.signal }),
      once(child, 'exit', { signal: settled.signal }).then(([code]) => {
        throw new Error(`A process of the fleet ended (${code}).`);
      }),
    ]);
  } finally {
    settled.abort();
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  if (child.connected) child.disconnect();
  await ended;
}
