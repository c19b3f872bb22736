import type { NatsConnection } from '@nats-io/transport-node';
import type { Log } from '../telemetry/log.ts';

const TICK_MS = 350;
/** A server is left that sends nothing for so many ticks in a row: ticks, since a process that is held up itself hears nothing either. */
const SILENT_TICKS = 4;

/**
 * Leaves a server that has vanished without a word, with its machine or the network: it is asked for a sign of life again and again. Unlike
 * the pings of the client, whatever it sends counts: on a slow link the answer to a ping waits behind a large file.
 * @returns ends it
 */
export function leaveSilentServer(
  connection: NatsConnection,
  { isConnected, log }: { isConnected(): boolean; log: Log },
): () => void {
  let answers = 0;
  let before = { answers: 0, inBytes: 0 };
  let silentTicks = 0;
  const timer = setInterval(() => {
    if (!isConnected() || connection.isClosed() || connection.isDraining()) {
      silentTicks = 0;
      return;
    }
    const now = { answers, inBytes: connection.stats().inBytes };
    const isSilent = now.answers === before.answers && now.inBytes === before.inBytes;
    before = now;
    silentTicks = isSilent ? silentTicks + 1 : 0;
    if (silentTicks < SILENT_TICKS) {
      connection.flush().then(
        () => {
          answers += 1;
        },
        () => {},
      );
      return;
    }
    silentTicks = 0;
    log.warn({ server: connection.getServer() }, 'a NATS server says nothing any more, and is left');
    void connection.reconnect();
  }, TICK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
