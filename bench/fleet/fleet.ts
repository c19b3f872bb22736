import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../e2e/harness/freePort.ts';
import { startNats } from '../../server/testing/natsServer.ts';
import { measureAnnouncements } from './announcements.ts';
import { type ChildMessages, childMessages } from './childMessages.ts';
import { measureNatsCapacity } from './natsCapacity.ts';
import { type NatsUse, natsUse } from './natsUse.ts';
import type { FleetPlan, FleetReport, Side, WorkerOrder, WorkerUse } from './plan.ts';

/** Processor time of all parts in the measured time, ms, and what went through NATS. */
export interface FleetRun extends FleetReport {
  readonly nats: NatsUse;
  readonly workersCpuMs: number;
}

export type FleetRunPlan = Pick<FleetPlan, 'side' | 'cameras' | 'frameBytes' | 'credits' | 'workersMs'> &
  Partial<FleetPlan>;

/** A gateway, a NATS server, and workers in processes of their own, all idle but while they are asked. */
export interface Fleet {
  run(plan: FleetRunPlan): Promise<FleetRun>;
  /** See `measureAnnouncements`. */
  announcements(): ReturnType<typeof measureAnnouncements>;
  /** See `measureNatsCapacity`. */
  natsCapacity(): ReturnType<typeof measureNatsCapacity>;
  close(): Promise<void>;
}

interface Process {
  readonly child: ChildProcess;
  readonly messages: ChildMessages;
}

export async function startFleet(workers: number): Promise<Fleet> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const each of closers.splice(0)) await each();
  };
  try {
    return await startProcesses(workers, { after: (each) => void closers.unshift(each) }, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function startProcesses(
  workers: number,
  cleanup: { after(close: () => Promise<void>): void },
  close: () => Promise<void>,
): Promise<Fleet> {
  const folder = await mkdtemp(path.join(tmpdir(), 'livelens-fleet-'));
  cleanup.after(() => rm(folder, { recursive: true, force: true }));
  const [monitorPort, pidFile] = [await freePort(), path.join(folder, 'pid')];
  const nats = await startNats(cleanup, ['-m', String(monitorPort), '-P', pidFile]);
  const start = (script: string, env: Record<string, string>): Process => {
    const child = fork(`bench/${script}.ts`, {
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced',
      env: { ...process.env, FLEET_NATS_URL: nats.url, ...env },
    });
    cleanup.after(() => end(child));
    return { child, messages: childMessages(child) };
  };
  const gateway = start('fleetGateway', {});
  const socket = (await gateway.messages.next()) as string;
  const processes = Array.from({ length: workers }, () => start('fleetWorker', { FLEET_SOCKET: socket }));
  await Promise.all(processes.map(({ messages }) => messages.next()));

  const readNats = () => natsUse(monitorPort, pidFile);

  async function run(given: FleetRunPlan): Promise<FleetRun> {
    const plan: FleetPlan = { warmMs: 1_000, durationMs: 4_000, seed: 1, ...given };
    const { side } = plan;
    const used = side === 'memory' ? [] : processes.slice(0, plan.workersMs.length);
    if (side !== 'memory')
      await Promise.all(
        used.map((each, index) => ask(each, { kind: 'work', side, workMs: plan.workersMs[index] ?? 0 })),
      );
    const readUses = () => Promise.all([readNats(), ...used.map((each) => ask(each, { kind: 'use' }))]);
    gateway.child.send(side === 'memory' ? plan : { ...plan, workersMs: [] });
    await gateway.messages.next();
    const [natsBefore, ...before] = await readUses();
    await gateway.messages.next();
    const [natsAfter, ...after] = await readUses();
    const report = (await gateway.messages.next()) as FleetReport;
    await Promise.all(used.map((each) => ask(each, { kind: 'rest' })));
    const cpuMs = (all: readonly WorkerUse[]) => all.reduce((sum, each) => sum + each.cpuMs, 0);
    return {
      ...report,
      nats: difference(natsAfter, natsBefore),
      workersCpuMs: cpuMs(after) - cpuMs(before),
    };
  }

  // Processes that have just begun compile what they run often: first, each worker gets a few hundred frames.
  for (const side of ['socket', 'nats', 'group', 'memory'] satisfies Side[])
    await run({
      side,
      cameras: [{ count: workers * 4, perSecond: 10, jitter: 0.2 }],
      frameBytes: 58_000,
      credits: 4,
      workersMs: Array.from({ length: workers }, () => 5),
    });

  return {
    run,
    announcements: () => measureAnnouncements(nats.url, readNats),
    natsCapacity: () => measureNatsCapacity(nats.url, readNats),
    close,
  };
}

async function ask({ child, messages }: Process, order: WorkerOrder): Promise<WorkerUse> {
  child.send(order);
  return (await messages.next()) as WorkerUse;
}

const difference = (to: NatsUse, from: NatsUse): NatsUse => ({
  cpuMs: to.cpuMs - from.cpuMs,
  messagesIn: to.messagesIn - from.messagesIn,
  messagesOut: to.messagesOut - from.messagesOut,
  bytesIn: to.bytesIn - from.bytesIn,
  bytesOut: to.bytesOut - from.bytesOut,
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  if (child.connected) child.disconnect();
  await ended;
}
