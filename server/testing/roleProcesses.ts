import { type LogLine, type ServerProcess, startServerProcess } from './serverProcess.ts';

type Cleanup = { after(close: () => void | Promise<void>): void };

/** A gateway or a worker as a process of its own. */
export interface FleetProcess extends ServerProcess {
  readonly url: string;
  readonly port: number;
  /** The first line of its log with this message, also one that came before. */
  line(message: string): Promise<LogLine>;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  /** Asks it to stop, and waits until it has. @returns exit code and signal */
  stop(): Promise<readonly [code: number | null, signal: string | null]>;
}

export interface FleetProcessOptions {
  nats: string;
  env?: Readonly<Record<string, string>>;
  /** Folder of the models of a gateway; it is written. */
  modelsDir?: string;
}

export const startGateway = (t: Cleanup, options: FleetProcessOptions): Promise<FleetProcess> =>
  startFleetProcess(t, 'serve', options);

export const startWorker = (t: Cleanup, options: FleetProcessOptions): Promise<FleetProcess> =>
  startFleetProcess(t, 'worker', options);

async function startFleetProcess(
  t: Cleanup,
  role: 'serve' | 'worker',
  { nats, modelsDir, env = {} }: FleetProcessOptions,
): Promise<FleetProcess> {
  const lines: LogLine[] = [];
  const waiting = new Set<(line: LogLine) => void>();
  const process = await startServerProcess(t, {
    args: [role],
    env: {
      ...{ QUEUE: nats, PORT: '0', HOST: '127.0.0.1', WORKERS: '1', PLATFORM: '0' },
      // Versions of a test are compared by others; a busy machine makes one of them slow.
      MODEL_MAX_SLOWDOWN: '1000',
      ...(modelsDir !== undefined && { MODELS_DIR: modelsDir }),
      ...env,
    },
    onLog(line) {
      lines.push(line);
      for (const see of [...waiting]) see(line);
    },
  });
  const line = (message: string): Promise<LogLine> => {
    const found = lines.find(({ msg }) => msg === message);
    if (found) return Promise.resolve(found);
    return new Promise((resolve) => {
      const see = (one: LogLine) => {
        if (one.msg !== message) return;
        waiting.delete(see);
        resolve(one);
      };
      waiting.add(see);
    });
  };
  const { url, port } = await line('listening');
  const { child, exited } = process;
  return {
    ...process,
    url: String(url),
    port: Number(port),
    line,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    stop() {
      child.kill('SIGTERM');
      return exited;
    },
  };
}
