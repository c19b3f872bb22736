import { readFile } from 'node:fs/promises';
import { startCaddy, startNginx } from '../../../e2e/harness/proxies.ts';
import { forwardTcp } from '../forwardTcp.ts';
import { CLIENT_HEADER, type PlatformRouter, startPlatformRouter } from '../platformRouter.ts';
import { startTextGateway } from '../textGateway.ts';
import type { Front } from './targets.ts';

type Cleanup = { after(close: () => void | Promise<void>): void };

/** Platforms' times are divided by this. */
export const SCALE = { idle: 50 } as const;
/** The age at which a router cuts sockets becomes this, ms. */
const SCALED_AGE_MS = 3_000;

export const scaleOfAge = (maxAgeMs: number): number => maxAgeMs / SCALED_AGE_MS;

/** What stands in front of a server, as a test uses it. */
export interface OpenFront {
  /** Where clients go. */
  readonly url: string;
  /** Where HTTP goes, if not there: a gateway for sockets takes none. */
  readonly httpUrl: string;
  /** The name by which it is asked for, and the origin of its pages. */
  readonly host: string;
  readonly cuts: PlatformRouter['cuts'];
  /** What a client at this address sends and connects with; it is one of 192.0.2.0/24, or 127.0.0.0/8 before real programs. */
  clientAt(number: number): { headers: Record<string, string>; localAddress?: string };
}

/**
 * Starts it.
 * @param toPort where new connections go, on this machine
 */
export async function openFront(t: Cleanup, front: Front, toPort: () => number): Promise<OpenFront> {
  const noCuts = { idle: 0, age: 0, slow: 0 };
  switch (front.kind) {
    case 'router': {
      const { idleMs, maxAgeMs } = front;
      const router = await startPlatformRouter(t, toPort, {
        ...front,
        idleMs: idleMs && idleMs / SCALE.idle,
        maxAgeMs: maxAgeMs && maxAgeMs / scaleOfAge(maxAgeMs),
      });
      const clientAt = (number: number) => ({ headers: { [CLIENT_HEADER]: `192.0.2.${number}` } });
      return { ...router, httpUrl: router.url, host: 'lens.example', clientAt };
    }
    case 'text-gateway': {
      const { url } = await startTextGateway(t, toPort);
      const httpUrl = `http://127.0.0.1:${toPort()}`;
      return { url, httpUrl, host: new URL(httpUrl).host, cuts: noCuts, clientAt: () => ({ headers: {} }) };
    }
    case 'nginx':
    case 'caddy': {
      // They keep one address for as long as they run.
      const port = await forwardTcp(t, toPort);
      const { url, close } = await (front.kind === 'nginx' ? nginx(port) : caddy(port));
      t.after(close);
      const clientAt = (number: number) => ({ headers: {}, localAddress: `127.0.0.${number}` });
      const host = front.kind === 'nginx' ? 'lens.example' : new URL(url).host;
      return { url, httpUrl: url, host, cuts: noCuts, clientAt };
    }
    default:
      return front satisfies never;
  }
}

const NGINX_FILE = 'deploy/nginx/livelens.conf';
const CADDY_FILE = 'deploy/vps/Caddyfile';

/** With the configuration that is shipped, on a port of this machine, without TLS, and with its times scaled. */
async function nginx(port: number) {
  const text = (await readFile(NGINX_FILE, 'utf8'))
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${port}`)
    .replace(
      /(_timeout) (\d+)s;/g,
      (_, name: string, s: string) => `${name} ${(Number(s) * 1000) / SCALE.idle}ms;`,
    );
  const server = text.lastIndexOf('server {\n');
  const http = text.slice(0, text.search(/^server \{/m));
  const body = text
    .slice(server + 'server {'.length, text.lastIndexOf('}'))
    .replace(/^\s*(listen|server_name|ssl_\w+) .*;$/gm, '');
  return startNginx({ http, server: body });
}

async function caddy(port: number) {
  const text = (await readFile(CADDY_FILE, 'utf8')).replaceAll('127.0.0.1:3000', `127.0.0.1:${port}`);
  return startCaddy(text.slice(text.indexOf('{') + 1, text.lastIndexOf('}')));
}
