import type { EventEmitter } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { STREAM_PATH, SUBPROTOCOL } from '../protocol/messages.ts';
import { RUNTIME_PATH } from '../server/http/pages.ts';
import { findRuntimes } from '../server/http/runtimeFiles.ts';
import type { Attack } from './lines/hostile.ts';

/**
 * Clients that slow a server down as far as a client can, in a process of their own, until its parent disconnects. A client
 * whose connection ends connects again after half a second.
 *
 *     attackers.ts <url> <attack>
 */
const [url = '', attack = ''] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const BACK_AFTER_MS = 500;

const COUNTS: Record<Attack, number> = { forms: 8, downloads: 560, pipelining: 4, fragments: 50 };
const ATTACKS: Record<Attack, () => Promise<() => Promise<void>>> = {
  /** A form of 186,000 parts; its answer is waited for. */
  async forms() {
    const form = '--x\r\n\r\n'.repeat(186_000);
    const head =
      'POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; a=b; boundary="x"\r\n' +
      `Content-Length: ${form.length}\r\n\r\n`;
    return () => send(head + form, { reads: true });
  },
  /** The largest file there is, of which nothing is read. */
  async downloads() {
    const [runtime] = await findRuntimes();
    const file = runtime?.files.find((name) => name.endsWith('asyncify.wasm'));
    return () =>
      send(`GET ${RUNTIME_PATH}${runtime?.folder}/${file} HTTP/1.1\r\nHost: x\r\n\r\n`, { reads: false });
  },
  /** 30,000 requests on one connection, whose answers are not read. */
  async pipelining() {
    const requests = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(30_000);
    return () => send(requests, { reads: false });
  },
  /** A message of 512 KiB in fragments of 32 bytes that never ends. */
  async fragments() {
    const fragment = Buffer.concat([Buffer.of(0x02, 0x80 | 32, 0, 0, 0, 0), Buffer.alloc(32)]);
    const further = Buffer.from(fragment);
    further[0] = 0x00;
    const bytes = Buffer.concat([fragment, ...Array<Buffer>(16_000).fill(further)]);
    return async () => {
      const socket = new WebSocket(`${url.replace(/^http/, 'ws')}${STREAM_PATH}`, SUBPROTOCOL, {
        perMessageDeflate: false,
      });
      socket.on('error', () => {});
      socket.once('open', () => {
        socket.send('{"type":"hello"}');
        raw(socket).write(bytes);
      });
      await closed(socket);
    };
  },
};

/** The connection below a WebSocket, which ws keeps to itself. */
const raw = (socket: WebSocket): Socket => (socket as unknown as { _socket: Socket })._socket;

/** Also after an error, which is one way to be ended. */
const closed = (socket: EventEmitter) =>
  new Promise<void>((resolve) => socket.once('close', () => resolve()));

async function send(bytes: string, { reads }: { reads: boolean }): Promise<void> {
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.on('connect', () => socket.write(bytes));
  if (reads) socket.once('data', () => socket.destroy());
  // Not paused: a socket that is not read at all learns of no end.
  else socket.on('readable', () => {});
  await closed(socket);
}

async function repeat(once: () => Promise<void>): Promise<never> {
  for (;;) {
    await once();
    await sleep(BACK_AFTER_MS);
  }
}

process.on('disconnect', () => process.exit(0));
if (!(attack in ATTACKS)) throw new Error(`No attack "${attack}".`);
const name = attack as Attack;
const begin = await ATTACKS[name]();
for (let i = 0; i < COUNTS[name]; i++) void repeat(begin);
process.send?.('ready');
