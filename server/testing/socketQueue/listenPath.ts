import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A new local socket: a named pipe on Windows, else a Unix socket. */
export const listenPath = (): string =>
  process.platform === 'win32'
    ? `\\\\.\\pipe\\livelens-${randomUUID()}`
    : path.join(tmpdir(), `livelens-${randomUUID().slice(0, 8)}.sock`);
