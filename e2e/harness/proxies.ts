import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './freePort.ts';
import { mustBeInstalled } from './mustBeInstalled.ts';
import { ROOT } from './root.ts';

/** A real reverse proxy, as a process of its own. */
export interface ReverseProxy {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Idempotent. */
  close(): Promise<void>;
}

export type ProxyName = 'nginx' | 'caddy';

/** Why tests with this proxy are skipped here, or undefined if they run. */
export function whyNoProxy(
  name: ProxyName,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (findProxy(name, env) !== undefined || mustBeInstalled(env)) return undefined;
  return `${name} is not installed (Debian: apt-get install --no-install-recommends ${name}).`;
}

function findProxy(name: ProxyName, env: Readonly<Record<string, string | undefined>>): string | undefined {
  // Debian has servers where only root looks.
  const folders = [...(env.PATH?.split(path.delimiter) ?? []), '/usr/sbin'];
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}

/** A snippet of docs/subpath.md with that first line, for a server at another port. */
export async function snippetOf(language: 'nginx' | 'caddyfile', has: string, port: number): Promise<string> {
  const text = await readFile(path.join(ROOT, 'docs/subpath.md'), 'utf8');
  const blocks = [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)];
  const found = blocks.filter(([, kind, code]) => kind === language && code?.includes(has));
  if (found.length !== 1) throw new Error(`docs/subpath.md has ${found.length} snippets with "${has}".`);
  return (found[0]?.[2] ?? '').replaceAll('localhost:3000', `127.0.0.1:${port}`);
}

/**
 * @param http what stands in `http { }`
 * @param server what stands in `server { }`
 */
export async function startNginx({
  http = '',
  server,
}: {
  http?: string;
  server: string;
}): Promise<ReverseProxy> {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-nginx-'));
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await writeFile(
    path.join(dir, 'nginx.conf'),
    `${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid ${dir}/pid;
error_log stderr notice;
events {}
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${dir}/${name};`).join('\n  ')}
  ${http}
  server {
    listen 127.0.0.1:${port};
    ${server}
  }
}
`,
  );
  const args = ['-p', dir, '-c', path.join(dir, 'nginx.conf'), '-e', 'stderr'];
  return startProxy('nginx', { args, dir, port, isReady: /start worker process \d+/ });
}

/** @param site what stands in the block of the site */
export async function startCaddy(site: string): Promise<ReverseProxy> {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-caddy-'));
  const port = await freePort();
  const options = '{\n\tadmin off\n\tauto_https off\n}';
  const file = path.join(dir, 'Caddyfile');
  await writeFile(file, `${options}\nhttp://127.0.0.1:${port} {\n\tbind 127.0.0.1\n${site}\n}\n`);
  const args = ['run', '--config', file, '--adapter', 'caddyfile'];
  return startProxy('caddy', { args, dir, port, isReady: /serving initial configuration/ });
}

async function startProxy(
  name: ProxyName,
  { args, dir, port, isReady }: { args: string[]; dir: string; port: number; isReady: RegExp },
): Promise<ReverseProxy> {
  const command = findProxy(name, process.env);
  if (command === undefined) throw new Error(`${name} is not installed.`);
  const env = { ...process.env, HOME: dir, XDG_DATA_HOME: dir, XDG_CONFIG_HOME: dir };
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env });
  const exited = once(child, 'exit');
  const said: string[] = [];
  const ready = new Promise<'ready'>((resolve) => {
    createInterface(child.stderr).on('line', (line) => {
      said.push(line);
      if (isReady.test(line)) resolve('ready');
    });
  });
  if ((await Promise.race([ready, exited])) !== 'ready') {
    throw new Error(`${name} did not start. It said:\n${said.join('\n')}`);
  }
  let closed: Promise<void> | undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      closed ??= (async () => {
        // Sockets that pass through it are of no interest any more.
        child.kill(name === 'nginx' ? 'SIGTERM' : 'SIGKILL');
        await exited;
        await rm(dir, { recursive: true, force: true });
      })();
      return closed;
    },
  };
}
