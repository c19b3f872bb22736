import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../e2e/harness/freePort.ts';
import { mustBeInstalled } from '../../e2e/harness/mustBeInstalled.ts';

type Cleanup = { after(close: () => Promise<void>): void };

const PROGRAM = [...(process.env.PATH?.split(path.delimiter) ?? []), '/usr/sbin']
  .map((folder) => path.join(folder, 'nats-server'))
  .find((file) => existsSync(file));

/** Why tests with a NATS server are skipped here, or undefined if they run. */
export function whyNoNats(): string | undefined {
  if (PROGRAM !== undefined || mustBeInstalled(process.env)) return undefined;
  return 'nats-server is not installed (Debian: apt-get install --no-install-recommends nats-server).';
}

/** A real nats-server with JetStream, on a port of 127.0.0.1 that it keeps when it is started again. */
export interface NatsServer {
  readonly url: string;
  readonly port: number;
  /** Ends it at once, as a crash does. Streams in memory are gone then. */
  kill(): Promise<void>;
  /** From now on it says nothing, as if its machine had vanished. Its connections stay open. */
  pause(): void;
  /** Starts it again on the same port, with the same folder. Resolves when it takes connections. */
  start(): Promise<void>;
}

/**
 * Starts one; it is ended after the test.
 * @param more further arguments, such as those of a cluster
 */
export async function startNats(t: Cleanup, more: readonly string[] = []): Promise<NatsServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'livelens-nats-'));
  const port = await freePort();
  let child: ChildProcess | undefined;
  async function kill() {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }
  async function start() {
    const args = ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder, ...more];
    child = spawn(PROGRAM ?? 'nats-server', args, { stdio: 'ignore' });
    await waitForPort(port, child);
  }
  t.after(async () => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  });
  await start();
  return { url: `nats://127.0.0.1:${port}`, port, kill, start, pause: () => void child?.kill('SIGSTOP') };
}

/** Three servers that know each other; streams with three replicas survive the end of one. */
export async function startNatsCluster(t: Cleanup): Promise<readonly NatsServer[]> {
  const routes = [await freePort(), await freePort(), await freePort()];
  const all = routes.map((port) => `nats://127.0.0.1:${port}`).join(',');
  return Promise.all(
    routes.map((port, index) =>
      startNats(t, [
        ...['--cluster_name', 'tests', '--server_name', `n${index + 1}`],
        ...['--cluster', `nats://127.0.0.1:${port}`, '--routes', all],
      ]),
    ),
  );
}

async function waitForPort(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`nats-server ended with ${child.exitCode}.`);
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      once(child, 'exit').then(() => false),
    ]);
    socket.destroy();
    if (isOpen) return;
    await sleep(20);
  }
}
