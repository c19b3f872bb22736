import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { type ClientMessage, STREAM_PATH, SUBPROTOCOL } from '../protocol/messages.ts';
import { isProcessAlive } from '../server/disk/lock.ts';
import { ROOT } from './harness/root.ts';
import { expect, test } from './harness/test.ts';

const isWindows = process.platform === 'win32';

/** `npm start` as a person runs it, by the npm that runs the tests. */
function startWithNpm(configDir: string): ChildProcess {
  const npm = process.env.npm_execpath;
  const [command, args] = npm === undefined ? ['npm', ['start']] : [process.execPath, [npm, 'start']];
  return spawn(command, args, {
    cwd: ROOT,
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'debug',
      MODELS_DIR: path.join(ROOT, 'models'),
      LIVELENS_CONFIG_DIR: configDir,
      OPEN: '0',
    },
    stdio: ['ignore', 'pipe', 'ignore'],
    // A group of their own: whatever a failed test leaves can be ended.
    detached: true,
  });
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // As it should be: all are gone.
  }
}

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`npm start ends with its npm (${signal}): clients are notified, no process stays, the port is free`, async () => {
    test.skip(isWindows, 'Windows has no signals: npm would be killed both times');
    const configDir = await mkdtemp(path.join(tmpdir(), 'livelens-config-'));
    const npm = startWithNpm(configDir);
    // Each process below has the other end of its output, so it is closed when the last of them is gone.
    const closed = once(npm, 'close');
    const pids = new Set<number>();
    let port = 0;
    const lines: string[] = [];
    const { stdout } = npm;
    if (stdout === null) throw new Error('The output of npm is not read.');
    const ready = new Promise<boolean>((resolve) => {
      createInterface(stdout)
        .on('line', (line) => {
          lines.push(line);
          const fields = line.startsWith('{') ? JSON.parse(line) : {};
          if (typeof fields.pid === 'number') pids.add(fields.pid);
          if (fields.msg === 'listening') port = fields.port;
          if (/Livelens is ready/.test(line)) resolve(true);
        })
        .on('close', () => resolve(false));
    });
    try {
      expect(await ready, lines.join('\n')).toBe(true);
      const client = new WebSocket(`ws://127.0.0.1:${port}${STREAM_PATH}`, SUBPROTOCOL);
      const goodbye = once(client, 'close');
      await once(client, 'open');
      client.send(JSON.stringify({ type: 'hello' } satisfies ClientMessage));
      await once(client, 'message');

      npm.kill(signal);
      expect((await goodbye)[0], lines.join('\n')).toBe(1012);
      await closed;
      // The server and its workers.
      expect(pids.size).toBeGreaterThan(1);
      expect([...pids].filter(isProcessAlive)).toEqual([]);
      const heir = createServer().listen(port, '127.0.0.1');
      await once(heir, 'listening');
      heir.close();
    } finally {
      endGroup(npm);
      await rm(configDir, { recursive: true, force: true });
    }
  });
}
