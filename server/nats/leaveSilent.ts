import type { ConnectionOptions, NatsConnection } from '@nats-io/transport-node';
import type { Log } from '../telemetry/log.ts';

const TICK_MS = 350;
/** A server is left that sends nothing for so many ticks in a row: ticks, since a process that is held up itself hears nothing either. */
const SILENT_TICKS = 4;
/** The same where there is no other: a machine may stand still for a moment, and what is in progress survives that. */
const SILENT_TICKS_ALONE = 12;

/** A server that was left is not tried again for this time, if there are others, ms. */
const AVOID_MS = 5_000;

/** Which server is tried next. */
export interface ServerChoice {
  readonly pick: NonNullable<ConnectionOptions['reconnectToServer']>;
  /** It does not answer: its machine takes connections, perhaps, and nothing comes of them. */
  avoid(server: string): void;
}

/** By itself the client tries the server first that it was connected to, and waits 2 s for nothing. */
export function createServerChoice(): ServerChoice {
  let avoided = { server: '', untilMs: 0 };
  return {
    pick(pool) {
      const [next] = pool;
      if (next?.listen !== avoided.server || performance.now() > avoided.untilMs) return null;
      return pool.find(({ listen }) => listen !== avoided.server) ?? null;
    },
    avoid(server) {
      avoided = { server, untilMs: performance.now() + AVOID_MS };
    },
  };
}

/**
 * Leaves a server that has vanished without a word, with its machine or the network: it is asked for a sign of life again and again. Unlike
 * the pings of the client, whatever it sends counts: on a slow link the answer to a ping waits behind a large file.
 * @returns ends it
 */
export function leaveSilentServer(
  connection: NatsConnection,
  {
    isConnected,
    hasOthers,
    choice,
    log,
  }: {
    isConnected(): boolean;
    /** Whether another server is known. */
    hasOthers(): boolean;
    choice: Pick<ServerChoice, 'avoid'>;
    log: Log;
  },
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
    if (silentTicks < (hasOthers() ? SILENT_TICKS : SILENT_TICKS_ALONE)) {
      connection.flush().then(
        () => {
          answers += 1;
        },
        () => {},
      );
      return;
    }
    silentTicks = 0;
    const server = connection.getServer();
    log.warn({ server }, 'a NATS server says nothing any more, and is left');
    choice.avoid(server);
    void connection.reconnect();
  }, TICK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
