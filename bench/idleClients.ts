import { once } from 'node:events';
import { WebSocket } from 'ws';
import { STREAM_PATH, SUBPROTOCOL } from '../protocol/messages.ts';

/**
 * Sessions that said hello and send nothing but the pongs that the heartbeat asks for, in a process of their own.
 *
 *     idleClients.ts <url> <count>
 */
const [url = '', count = '0'] = process.argv.slice(2);
/** Number of handshakes at a time: a server’s backlog is bounded. */
const AT_ONCE = 50;
let opened = 0;
let lost = 0;

async function openSome(): Promise<void> {
  while (opened < Number(count)) {
    opened += 1;
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}${STREAM_PATH}`, SUBPROTOCOL, {
      perMessageDeflate: false,
    });
    await once(socket, 'open');
    const welcomed = once(socket, 'message');
    socket.send(JSON.stringify({ type: 'hello' }));
    await welcomed;
    socket.on('error', () => {});
    socket.once('close', () => {
      lost += 1;
    });
  }
}

process.on('message', () => process.send?.({ lost }));
process.on('disconnect', () => process.exit(0));
await Promise.all(Array.from({ length: AT_ONCE }, openSome));
process.send?.('ready');
