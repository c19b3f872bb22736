import {
  type ProxyName as Program,
  type ReverseProxy,
  startCaddy,
  startNginx,
  whyNoProxy as whyNoProgram,
} from '../../e2e/harness/proxies.ts';
import { forwardTcp } from './forwardTcp.ts';

/** What people put in front of a server, with as little configuration as it takes. */
export const PROXIES = ['nginx, HTTP/1.0', 'nginx, HTTP/1.1', 'Caddy', 'a TCP forwarder'] as const;
export type ProxyName = (typeof PROXIES)[number];

type Cleanup = { after(close: () => Promise<void>): void };

/** Why tests behind it are skipped here, or undefined if they run. */
export function whyNoProxy(name: ProxyName): string | undefined {
  const program = PROGRAMS[name];
  return program && whyNoProgram(program, process.env);
}

const PROGRAMS = {
  'nginx, HTTP/1.0': 'nginx',
  'nginx, HTTP/1.1': 'nginx',
  Caddy: 'caddy',
  'a TCP forwarder': undefined,
} as const satisfies Record<ProxyName, Program | undefined>;

/**
 * Starts the proxy on a free port of 127.0.0.1; it is ended after the test.
 * @returns its address
 */
export async function startProxy(t: Cleanup, name: ProxyName, upstreamPort: number): Promise<string> {
  if (name === 'a TCP forwarder') return `http://127.0.0.1:${await forwardTcp(t, upstreamPort)}`;
  const proxy = await startProgram(name, upstreamPort);
  t.after(() => proxy.close());
  return proxy.url;
}

function startProgram(
  name: Exclude<ProxyName, 'a TCP forwarder'>,
  upstreamPort: number,
): Promise<ReverseProxy> {
  // By name, which a server might take for a request of this machine.
  const nginx = (version: string) =>
    startNginx({
      server: `location / { proxy_http_version ${version}; proxy_pass http://localhost:${upstreamPort}; }`,
    });
  switch (name) {
    // What it speaks to its upstream by default, up to 1.29.6 and after that.
    case 'nginx, HTTP/1.0':
      return nginx('1.0');
    case 'nginx, HTTP/1.1':
      return nginx('1.1');
    case 'Caddy':
      return startCaddy(`\treverse_proxy 127.0.0.1:${upstreamPort}`);
    default:
      return name satisfies never;
  }
}
