import type { Server } from 'node:http';
import type { Installation } from './access/installation.ts';
import { writeServerRecord } from './access/serverRecord.ts';
import type { Config } from './config/config.ts';
import { listenUrl } from './http/listenUrl.ts';
import type { Log } from './telemetry/log.ts';

type Place = Pick<Config, 'host' | 'port'>;

/** Where a server listens. */
export interface Listening {
  /** The one that it got, where PORT was 0. */
  readonly port: number;
  /** Where a command of this machine surely meets this server and no other. */
  readonly ownUrl: string;
}

/** @throws Error in words that name the setting, where it cannot */
export async function listen(http: Server, { host, port }: Place): Promise<Listening> {
  try {
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject);
      // Without a host Node takes `::`, which IPv4 reaches too, or 0.0.0.0 where there is no IPv6.
      http.listen({ port, host }, resolve);
    });
  } catch (error) {
    throw whyNotListening(error, { host, port });
  }
  const address = http.address();
  const bound = typeof address === 'object' && address !== null ? address : undefined;
  const boundPort = bound?.port ?? port;
  return { port: boundPort, ownUrl: ownUrl(host, bound?.address, boundPort) };
}

/**
 * Leaves a record of this server for commands. Without one they only lack a proof.
 * @returns removes it
 */
export async function announce(
  { folder }: Pick<Installation, 'folder'>,
  record: Parameters<typeof writeServerRecord>[1],
  log: Log,
): Promise<() => Promise<void>> {
  const nothing = async () => {};
  if (folder === undefined) return nothing;
  return writeServerRecord(folder, record).catch((error: unknown) => {
    log.warn({ folder, error: String(error) }, 'commands of this machine cannot find the server');
    return nothing;
  });
}

/**
 * Not by a name that has two addresses.
 * @param bound the address that the server got for `host`
 */
function ownUrl(host: string | undefined, bound: string | undefined, port: number): string {
  if (host === undefined || host === '0.0.0.0') return `http://127.0.0.1:${port}`;
  if (host === '::') return `http://[::1]:${port}`;
  return listenUrl(host === 'localhost' ? bound : host, port);
}

function whyNotListening(error: unknown, { host, port }: Place): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return new Error(`Port ${port} is in use. Stop what uses it, or set PORT to another.`, {
        cause: error,
      });
    case 'EACCES':
      return new Error(`This user may not listen on port ${port}. Set PORT to another, above 1023.`, {
        cause: error,
      });
    case 'ENOTFOUND':
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
      return new Error(`HOST=${host}: this machine has no such address.`, { cause: error });
    default:
      return error;
  }
}
