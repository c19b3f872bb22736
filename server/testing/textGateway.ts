import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/** What AWS API Gateway takes in one WebSocket frame, bytes. */
const MAX_TEXT_BYTES = 32 << 10;

type Cleanup = { after(close: () => void | Promise<void>): void };

/** A stand-in for a gateway that takes text only. */
export interface TextGateway {
  readonly url: string;
  /** Close codes that it sent to clients, oldest first. */
  readonly refusals: readonly number[];
}

/**
 * Passes sockets on as AWS API Gateway does: binary messages of a client close its socket with 1003, longer ones than 32 KiB
 * with 1009. Closed at the end of the test.
 * @param toPort port of the server, on this machine
 */
export async function startTextGateway(t: Cleanup, toPort: () => number): Promise<TextGateway> {
  const refusals: number[] = [];
  const gateway = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(gateway, 'listening');
  gateway.on('connection', (near, request) => {
    const far = new WebSocket(`ws://127.0.0.1:${toPort()}${request.url}`, near.protocol, {
      perMessageDeflate: false,
    });
    const opened = once(far, 'open').catch(() => near.terminate());
    const refuse = (code: number) => {
      refusals.push(code);
      near.close(code);
      far.terminate();
    };
    near.on('message', (data: Buffer, isBinary) => {
      if (isBinary) refuse(1003);
      else if (data.byteLength > MAX_TEXT_BYTES) refuse(1009);
      else void opened.then(() => far.send(data, { binary: false }, () => {}));
    });
    far.on('message', (data: Buffer) => near.send(data, { binary: false }));
    far.on('ping', () => near.ping());
    far.on('error', () => {});
    near.on('error', () => {});
    far.on('close', (code, reason) => (code === 1006 ? near.terminate() : near.close(code, reason)));
    near.on('close', () => far.close());
  });
  t.after(() => {
    for (const socket of gateway.clients) socket.terminate();
    gateway.close();
  });
  return { url: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`, refusals };
}
