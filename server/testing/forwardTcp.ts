import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * A forwarder that knows nothing of HTTP, as `socat`, `ssh -L` and `kubectl port-forward` are; closed at the end of the
 * test.
 * @param toPort a function is called for each connection
 * @returns its port
 */
export async function forwardTcp(
  t: { after(close: () => Promise<void>): void },
  toPort: number | (() => number),
): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(typeof toPort === 'number' ? toPort : toPort(), '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return address.port;
}
