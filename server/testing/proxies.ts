import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { freePort } from '../../e2e/harness/freePort.ts';
import { forwardTcp } from './forwardTcp.ts';

/** What people put in front of a server, with as little configuration as it takes. */
export const PROXIES = ['nginx, HTTP/1.0', 'nginx, HTTP/1.1', 'Caddy', 'a TCP forwarder'] as const;
export type ProxyName = (typeof PROXIES)[number];

type Cleanup = { after(close: () => Promise<void>): void };

/** Undefined: it is here, or must be. That is Debian with `CI` set, since `.ci/run` installs it there. */
export function whyNoProxy(name: ProxyName): string | undefined {
  const program = programOf(name);
  if (program === undefined || isInstalled(program) || (process.env.CI && isDebian())) return undefined;
  return `there is no ${program} here (Debian: apt-get install nginx-light caddy)`;
}

/**
 * Starts the proxy as an ordinary process on a free port of 127.0.0.1; it is ended after the test.
 * @returns its address
 */
export async function startProxy(t: Cleanup, name: ProxyName, upstreamPort: number): Promise<string> {
  if (name === 'a TCP forwarder') return `http://127.0.0.1:${await forwardTcp(t, upstreamPort)}`;
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-proxy-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const port = await freePort();
  if (name === 'Caddy') {
    const file = path.join(dir, 'Caddyfile');
    await writeFile(file, caddyfile(port, upstreamPort));
    await startProcess(t, 'caddy', ['run', '--config', file, '--adapter', 'caddyfile'], { port, dir });
  } else {
    const file = path.join(dir, 'nginx.conf');
    await writeFile(file, nginxConfiguration({ dir, port, upstreamPort, version: name.slice(-3) }));
    await startProcess(t, 'nginx', ['-p', dir, '-e', 'stderr', '-c', file], { port, dir });
  }
  return `http://127.0.0.1:${port}`;
}

function nginxConfiguration(options: {
  dir: string;
  port: number;
  upstreamPort: number;
  /** Which it speaks to its upstream: `1.0` by default up to 1.29.6, `1.1` after that. */
  version: string;
}): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${options.dir}/${kind};`,
  );
  return `
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    daemon off;
    master_process off;
    pid ${options.dir}/nginx.pid;
    error_log stderr;
    events {}
    http {
      access_log off;
      ${temporary.join('\n')}
      server {
        listen 127.0.0.1:${options.port};
        location / {
          proxy_http_version ${options.version};
          proxy_pass http://localhost:${options.upstreamPort};
        }
      }
    }`;
}

const caddyfile = (port: number, upstreamPort: number) => `
  {
    admin off
    auto_https off
  }
  http://127.0.0.1:${port} {
    bind 127.0.0.1
    reverse_proxy 127.0.0.1:${upstreamPort}
  }`;

async function startProcess(
  t: Cleanup,
  program: string,
  args: readonly string[],
  { port, dir }: { port: number; dir: string },
): Promise<void> {
  const child = spawn(pathOf(program), args, {
    env: { ...process.env, HOME: dir, XDG_DATA_HOME: dir, XDG_CONFIG_HOME: dir },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  (child.stderr as Readable).setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  // Neither says when it listens.
  while (!(await accepts(port))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${program} ended: ${said}`);
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function programOf(name: ProxyName): string | undefined {
  switch (name) {
    case 'nginx, HTTP/1.0':
    case 'nginx, HTTP/1.1':
      return 'nginx';
    case 'Caddy':
      return 'caddy';
    case 'a TCP forwarder':
      return undefined;
    default:
      return name satisfies never;
  }
}

/** Debian keeps nginx where only root looks for programs. */
const pathOf = (program: string) => (existsSync(`/usr/sbin/${program}`) ? `/usr/sbin/${program}` : program);

const isInstalled = (program: string) => spawnSync(pathOf(program), ['-v']).error === undefined;

function isDebian(): boolean {
  try {
    return /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
  } catch {
    return false;
  }
}
