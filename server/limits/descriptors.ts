import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Limits } from '../config/config.ts';

/** Connections by HTTP and streams, as far as the system has descriptors for them. */
export type SocketLimits = Pick<Limits, 'maxSessions' | 'maxConnections' | 'maxConnectionsPerAddress'>;

/** Of what is neither a client's connection nor the file that it is sent: listening, logs, models, pipes to workers. */
const OWN_FILES = 96;
/** Each of them has pipes, and while models change there are twice as many. */
const FILES_PER_WORKER = 16;
/** Connections above the limits that may still open a stream or ask for health. */
export const RESERVED_CONNECTIONS = 64;
/** With fewer a page does not load. */
const FEWEST_CONNECTIONS = 32;
/** One address leaves room for another. */
const MAX_SHARE_PER_ADDRESS = 0.5;

/**
 * Maximum number of files and sockets that this process may have open. Node raises its own limit to the highest that it may have.
 * @returns undefined where the system sets no limit, or does not report it
 */
export async function maxOpenFiles(): Promise<number | undefined> {
  const text =
    process.platform === 'linux'
      ? /^Max open files +(\S+)/m.exec(await readFile('/proc/self/limits', 'utf8').catch(() => ''))?.[1]
      : process.platform === 'win32'
        ? undefined
        : (
            await promisify(execFile)('/bin/sh', ['-c', 'ulimit -n']).catch(() => ({ stdout: '' }))
          ).stdout.trim();
  const most = Number(text);
  return text && most > 0 ? most : undefined;
}

/**
 * Shares out the descriptors: those of the server's own first, then streams, then the reserve, then HTTP, where each
 * connection may need a second one for the file that it is sent.
 * @param openFiles see `maxOpenFiles`
 * @returns the limits, lower than wanted where there is no room, and what an operator should do about that
 */
export function shareDescriptors(
  openFiles: number | undefined,
  workers: number,
  wanted: SocketLimits,
): SocketLimits & { warning?: string } {
  if (openFiles === undefined) return perAddress(wanted);
  const own = OWN_FILES + workers * FILES_PER_WORKER + RESERVED_CONNECTIONS;
  const room = Math.max(0, openFiles - own);
  const needed = wanted.maxSessions + 2 * FEWEST_CONNECTIONS;
  const maxSessions = Math.max(1, Math.min(wanted.maxSessions, room - 2 * FEWEST_CONNECTIONS));
  const forHttp = Math.max(FEWEST_CONNECTIONS, Math.floor((room - maxSessions) / 2));
  const limits = perAddress({
    ...wanted,
    maxSessions,
    maxConnections: Math.min(wanted.maxConnections, forHttp),
  });
  if (room >= needed) return limits;
  const warning =
    `The system lets this process open ${openFiles} files and sockets; ${own + needed} are needed for ` +
    `MAX_SESSIONS=${wanted.maxSessions}, so ${maxSessions} sessions are taken. Raise the limit (ulimit -n, LimitNOFILE of ` +
    'systemd, docker run --ulimit nofile=65536), or lower MAX_SESSIONS.';
  return { ...limits, warning };
}

function perAddress(limits: SocketLimits): SocketLimits {
  const most = Math.ceil(limits.maxConnections * MAX_SHARE_PER_ADDRESS);
  return { ...limits, maxConnectionsPerAddress: Math.min(limits.maxConnectionsPerAddress, most) };
}
