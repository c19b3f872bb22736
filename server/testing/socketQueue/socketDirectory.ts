import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import * as v from 'valibot';
import { CodedError, ERRORS, type ErrorCode } from '../../../protocol/errors.ts';
import { Manifest } from '../../../vision/manifest.ts';
import { findServed } from '../../serving/findServed.ts';
import type { ModelDirectory, ServedModel } from '../../serving/modelDirectory.ts';
import { listenPath } from './listenPath.ts';
import { readPackets, writePacket } from './packet.ts';

/** A directory of models for another process: it gets what serves, at once and after each change, and asks for loading. */

const Code = v.picklist(Object.keys(ERRORS) as ErrorCode[]);
const FromServer = v.variant('type', [
  v.object({
    type: v.literal('serving'),
    models: v.array(v.object({ manifest: Manifest, version: v.string(), labels: v.array(v.string()) })),
  }),
  v.object({
    type: v.literal('loaded'),
    id: v.number(),
    error: v.optional(v.object({ code: Code, message: v.string() })),
  }),
]);
const FromClient = v.object({ id: v.number(), model: v.string() });

const send = (socket: Socket, message: object) => {
  if (!socket.destroyed) writePacket(socket, Buffer.from(JSON.stringify(message)));
};

export async function serveModelDirectory(
  directory: ModelDirectory,
): Promise<{ path: string; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const sendServing = () =>
      send(socket, {
        type: 'serving',
        models: directory.serving.map(({ manifest, version, labels }) => ({ manifest, version, labels })),
      });
    const unwatch = directory.onChange(sendServing);
    socket.once('close', () => {
      unwatch();
      sockets.delete(socket);
    });
    sendServing();
    readPackets(socket, (packet) => {
      const { id, model } = v.parse(FromClient, JSON.parse(packet.toString()));
      void answerLoad(model).then((error) => send(socket, { type: 'loaded', id, ...(error && { error }) }));
    });
  });
  async function answerLoad(model: string) {
    try {
      await directory.load(directory.find(model));
      return undefined;
    } catch (error) {
      const { code, message } =
        error instanceof CodedError ? error : new CodedError('internal', String(error));
      return { code, message };
    }
  }
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

/** Resolves when it knows what serves. */
export async function connectModelDirectory(
  path: string,
): Promise<ModelDirectory & { close(): Promise<void> }> {
  const socket = connect(path);
  await once(socket, 'connect');
  socket.on('error', () => {});
  const listeners = new Set<() => void>();
  const loads = new Map<number, { resolve(): void; reject(error: unknown): void }>();
  let serving: readonly ServedModel[] = [];
  let last = 0;
  const first = new Promise<void>((resolve, reject) => {
    listeners.add(resolve);
    socket.once('close', () => reject(new CodedError('not_ready', 'The directory is gone.')));
  });
  readPackets(socket, (packet) => {
    const message = v.parse(FromServer, JSON.parse(packet.toString()));
    if (message.type === 'serving') {
      serving = message.models;
      for (const listener of [...listeners]) listener();
      return;
    }
    const load = loads.get(message.id);
    loads.delete(message.id);
    if (message.error) load?.reject(new CodedError(message.error.code, message.error.message));
    else load?.resolve();
  });
  socket.once('close', () => {
    for (const { reject } of loads.values()) reject(new CodedError('not_ready', 'The directory is gone.'));
    loads.clear();
  });
  await first;
  listeners.clear();
  return {
    get serving() {
      return serving;
    },
    find: (id) => findServed(serving, id),
    load: ({ manifest }) =>
      new Promise((resolve, reject) => {
        last += 1;
        loads.set(last, { resolve, reject });
        send(socket, { id: last, model: manifest.id });
      }),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      if (socket.closed) return;
      socket.destroy();
      await once(socket, 'close');
    },
  };
}
