import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import * as v from 'valibot';
import { encodeJob, encodeResult, parseJob, parseResult } from '../../queue/frameBytes.ts';
import type { FrameInbox, FrameOutbox, FrameQueue, FrameResult, TakenFrame } from '../../queue/frameQueue.ts';
import { listenPath } from './listenPath.ts';
import { readPackets, writePacket } from './packet.ts';

/**
 * A frame queue whose ends are in other processes than the queue: each end is a connection, and all that crosses it is bytes.
 * It shows that the contract of the two ends asks for nothing that only one process can have.
 *
 * Packets begin with their kind and a number that ties an answer to its question.
 */
const KINDS = [
  'submit',
  'result',
  'forget',
  'take',
  'takeWaiting',
  'cancel',
  'taken',
  'nothing',
  'answer',
] as const;
type Kind = (typeof KINDS)[number];
const HEADER_BYTES = 1 + 4;
const Waiting = v.object({ model: v.string(), counts: v.array(v.number()) });
const WAIT_HEADER_BYTES = 8 + 1;
const WORKER_LOST: FrameResult = { kind: 'dropped', reason: 'worker_lost' };

interface Packet {
  readonly kind: Kind;
  readonly id: number;
  readonly body: Buffer;
}

function send(socket: Socket, kind: Kind, id: number, body: Uint8Array = new Uint8Array()): void {
  if (socket.destroyed) return;
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(KINDS.indexOf(kind), 0);
  header.writeUInt32LE(id, 1);
  writePacket(socket, Buffer.concat([header, body]));
}

const onPacket = (socket: Socket, handle: (packet: Packet) => void) =>
  readPackets(socket, (bytes) => {
    const kind = KINDS[bytes.readUInt8(0)];
    if (kind === undefined) throw new RangeError(`A packet of kind ${bytes.readUInt8(0)}.`);
    handle({ kind, id: bytes.readUInt32LE(1), body: bytes.subarray(HEADER_BYTES) });
  });

/** Lets other processes hold the ends of `queue`. A connection that ends takes its waiting frames along. */
export async function serveFrameQueue(queue: FrameQueue): Promise<{ path: string; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    serveConnection(socket, queue);
  });
  const path = listenPath();
  server.listen(path);
  await once(server, 'listening');
  return {
    path,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function serveConnection(socket: Socket, queue: FrameQueue): void {
  const keys = new Set<string>();
  const takes = new Map<number, AbortController>();
  const inHand = new Map<number, TakenFrame>();
  const hand = (id: number, frame: TakenFrame) => {
    if (socket.destroyed) {
      frame.answer(WORKER_LOST);
      return;
    }
    inHand.set(id, frame);
    const wait = Buffer.alloc(WAIT_HEADER_BYTES);
    wait.writeDoubleLE(frame.queueMs, 0);
    wait.writeUInt8(frame.isAlone ? 1 : 0, 8);
    send(socket, 'taken', id, Buffer.concat([wait, encodeJob(frame.job)]));
  };
  onPacket(socket, ({ kind, id, body }) => {
    switch (kind) {
      case 'submit': {
        const job = parseJob(body);
        keys.add(job.key);
        void queue.submit(job).then((result) => send(socket, 'result', id, encodeResult(result)));
        break;
      }
      case 'forget':
        queue.forget(body.toString());
        break;
      case 'take': {
        const cancel = new AbortController();
        takes.set(id, cancel);
        void queue.take(cancel.signal).then((frame) => {
          takes.delete(id);
          if (frame) hand(id, frame);
          else send(socket, 'nothing', id);
        });
        break;
      }
      case 'takeWaiting': {
        // The frames have the numbers from this one on; the one after the last that there can be ends them.
        const { model, counts } = v.parse(Waiting, JSON.parse(body.toString()));
        void queue.takeWaiting(model, counts).then((frames) => {
          for (const [at, frame] of frames.entries()) hand(id + at, frame);
          send(socket, 'nothing', id + Math.max(...counts));
        });
        break;
      }
      case 'cancel':
        takes.get(id)?.abort();
        break;
      case 'answer':
        inHand.get(id)?.answer(parseResult(body));
        inHand.delete(id);
        break;
    }
  });
  socket.once('close', () => {
    for (const key of keys) queue.forget(key);
    for (const cancel of takes.values()) cancel.abort();
    for (const frame of inHand.values()) frame.answer(WORKER_LOST);
  });
}

async function openConnection(path: string): Promise<Socket> {
  const socket = connect(path);
  await once(socket, 'connect');
  socket.on('error', () => {});
  return socket;
}

/** The end for sessions. When the connection is lost, all that was submitted is answered `worker_lost`. */
export async function connectFrameInbox(path: string): Promise<FrameInbox & { close(): Promise<void> }> {
  const socket = await openConnection(path);
  const waiting = new Map<number, (result: FrameResult) => void>();
  let last = 0;
  onPacket(socket, ({ kind, id, body }) => {
    if (kind !== 'result') return;
    waiting.get(id)?.(parseResult(body));
    waiting.delete(id);
  });
  socket.once('close', () => {
    for (const resolve of waiting.values()) resolve(WORKER_LOST);
    waiting.clear();
  });
  return {
    submit: (job) =>
      new Promise((resolve) => {
        if (socket.destroyed) {
          resolve(WORKER_LOST);
          return;
        }
        last += 1;
        waiting.set(last, resolve);
        send(socket, 'submit', last, encodeJob(job));
      }),
    forget: (key) => send(socket, 'forget', ++last, Buffer.from(key)),
    close: () => end(socket),
  };
}

/** The end for workers. When the connection is lost, takers are let go, and what they hold counts as lost. */
export async function connectFrameOutbox(path: string): Promise<FrameOutbox & { close(): Promise<void> }> {
  const socket = await openConnection(path);
  const takers = new Map<number, (frame: TakenFrame | undefined) => void>();
  let last = 0;
  const resolveTaker = (id: number, frame: TakenFrame | undefined) => {
    takers.get(id)?.(frame);
    takers.delete(id);
  };
  onPacket(socket, ({ kind, id, body }) => {
    if (kind === 'nothing') resolveTaker(id, undefined);
    if (kind !== 'taken') return;
    let isAnswered = false;
    resolveTaker(id, {
      job: parseJob(body.subarray(WAIT_HEADER_BYTES)),
      queueMs: body.readDoubleLE(0),
      isAlone: body.readUInt8(8) === 1,
      answer(result) {
        if (!isAnswered) send(socket, 'answer', id, encodeResult(result));
        isAnswered = true;
      },
    });
  });
  socket.once('close', () => {
    for (const id of [...takers.keys()]) resolveTaker(id, undefined);
  });
  return {
    take(signal) {
      return new Promise((resolve) => {
        if (socket.destroyed || signal.aborted) {
          resolve(undefined);
          return;
        }
        last += 1;
        const id = last;
        const cancel = () => send(socket, 'cancel', id);
        takers.set(id, (frame) => {
          signal.removeEventListener('abort', cancel);
          resolve(frame);
        });
        signal.addEventListener('abort', cancel);
        send(socket, 'take', id);
      });
    },
    takeWaiting(model, counts) {
      return new Promise((resolve) => {
        const frames: TakenFrame[] = [];
        if (socket.destroyed) {
          resolve(frames);
          return;
        }
        const [first, most] = [last + 1, Math.max(...counts)];
        last += most + 1;
        for (let at = 0; at < most; at++) takers.set(first + at, (frame) => frame && frames.push(frame));
        takers.set(last, () => {
          for (let at = 0; at < most; at++) takers.delete(first + at);
          resolve(frames);
        });
        send(socket, 'takeWaiting', first, Buffer.from(JSON.stringify({ model, counts })));
      });
    },
    close: () => end(socket),
  };
}

async function end(socket: Socket): Promise<void> {
  if (socket.closed) return;
  socket.destroy();
  await once(socket, 'close');
}
