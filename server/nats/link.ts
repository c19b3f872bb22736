import { JetStreamApiError, type JetStreamManager, type StreamConfig } from '@nats-io/jetstream';
import { createInbox, type Msg, type NatsConnection } from '@nats-io/transport-node';
import type { QueueEvent, QueueFigures } from '../queue/queueFigures.ts';
import type { Log } from '../telemetry/log.ts';
import {
  beginningOnce,
  inboxPrefix,
  type NatsOptions,
  openConnection,
  openJetStream,
  type WaitForNats,
} from './connection.ts';
import { createServerChoice, leaveSilentServer, type ServerChoice } from './leaveSilent.ts';

/** The one connection of a process to NATS. It is made again for as long as it takes; who uses it hears of that. */
export interface NatsLink {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  /** See NatsOptions.name. */
  readonly name: string;
  /** Bytes that a message may have with its headers. */
  readonly maxPayload: number;
  readonly isConnected: boolean;
  /** A new subject for answers. */
  newInbox(): string;
  /** Called when the connection was lost, and when it was made again. Returns its disposer. */
  onChange(listener: (isConnected: boolean) => void): () => void;
  /**
   * Makes something that has copies: three of them where the cluster has that many servers, else one; or the number that was set.
   */
  withReplicas<T>(make: (replicas: number) => Promise<T>): Promise<T>;
  /** Makes a stream if it is missing, and gives it the copies that it should have. Others may do the same at the same time. */
  ensureStream(config: Partial<StreamConfig> & { name: string }): Promise<void>;
  /**
   * Calls `handle` with each message. What it throws is logged: the other side may be of another release.
   * @param queue of all that listen with the same one, each message goes to one
   * @returns its disposer
   */
  listen(subject: string, handle: (message: Msg) => void, queue?: string): () => void;
  /** What an operator reads of it; see Metrics. */
  readonly figures: QueueFigures;
  /** Counts something that happened to a turn or a frame. */
  count(event: QueueEvent): void;
  /** Idempotent. What was published before still goes out. */
  close(): Promise<void>;
}

/** Time to hand over what was published, ms. */
const CLOSE_TIMEOUT_MS = 1_000;
/** What the server says where it cannot make that many copies: it has no cluster, or too few servers of it are there. */
const TOO_FEW_SERVERS = [10_005, 10_023, 10_074];
const STREAM_NAME_IN_USE = 10_058;

/**
 * @param wait for servers that are not there yet. Default: that is an error at once
 * @throws Error that says what to do, where no server can be reached, it refuses this process, or it has no JetStream; the signal's reason
 */
export async function connectNats(options: NatsOptions, log: Log, wait?: WaitForNats): Promise<NatsLink> {
  const choice = createServerChoice();
  // The connection and JetStream are waited for one after the other.
  const waiting = wait && beginningOnce(wait);
  const connection = await openConnection(options, { choice, log, wait: waiting });
  try {
    const manager = await openJetStream(connection, options, log, waiting);
    return openLink(connection, manager, options, { choice, log });
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function openLink(
  connection: NatsConnection,
  manager: JetStreamManager,
  options: NatsOptions,
  { choice, log }: { choice: ServerChoice; log: Log },
): NatsLink {
  const listeners = new Set<(isConnected: boolean) => void>();
  const events: Partial<Record<QueueEvent, number>> = {};
  let disconnects = 0;
  let isConnected = true;
  let { max_payload: maxPayload } = connection.info ?? { max_payload: 0 };

  void (async () => {
    for await (const status of connection.status()) {
      if (status.type !== 'disconnect' && status.type !== 'reconnect') continue;
      isConnected = status.type === 'reconnect';
      if (!isConnected) disconnects += 1;
      if (isConnected) log.info({ server: status.server }, 'NATS is connected again');
      else
        log.warn(
          { server: status.server },
          'the connection to NATS was lost; it is tried again until it succeeds',
        );
      maxPayload = connection.info?.max_payload ?? maxPayload;
      for (const listener of [...listeners]) listener(isConnected);
    }
    isConnected = false;
  })();

  const stopWatch = leaveSilentServer(connection, {
    isConnected: () => isConnected,
    // A cluster says where its servers are.
    hasOthers: () => options.urls.length > 1 || (connection.info?.connect_urls?.length ?? 0) > 1,
    choice,
    log,
  });

  async function withReplicas<T>(make: (replicas: number) => Promise<T>): Promise<T> {
    if (options.replicas !== undefined) return make(options.replicas);
    try {
      return await make(3);
    } catch (error) {
      if (!TOO_FEW_SERVERS.includes(apiCode(error))) throw error;
      return make(1);
    }
  }

  return {
    connection,
    manager,
    name: options.name,
    get maxPayload() {
      return maxPayload;
    },
    get isConnected() {
      return isConnected;
    },
    newInbox: () => createInbox(inboxPrefix(options)),
    get figures() {
      return { isConnected, disconnects, events };
    },
    count(event) {
      events[event] = (events[event] ?? 0) + 1;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    withReplicas,
    async ensureStream(config) {
      await withReplicas(async (replicas) => {
        const wanted = { ...config, num_replicas: replicas };
        try {
          await manager.streams.add(wanted);
        } catch (error) {
          // It is there, with other copies or of another release.
          if (apiCode(error) !== STREAM_NAME_IN_USE) throw error;
          await manager.streams.update(config.name, wanted);
        }
      });
    },
    listen(subject, handle, queue) {
      const subscription = connection.subscribe(subject, {
        ...(queue !== undefined && { queue }),
        callback(error, message) {
          if (error) {
            log.warn(
              { err: error, subject },
              'NATS does not let this process listen: check the permissions of its user',
            );
            return;
          }
          try {
            handle(message);
          } catch (cause) {
            log.warn({ err: cause, subject }, 'a message of another process cannot be read');
          }
        },
      });
      return () => {
        if (!connection.isClosed()) subscription.unsubscribe();
      };
    },
    async close() {
      stopWatch();
      // Without a server nothing can be handed over any more, and draining would wait for it.
      const timer = setTimeout(() => void connection.close(), isConnected ? CLOSE_TIMEOUT_MS : 0);
      if (isConnected && !connection.isClosed() && !connection.isDraining())
        await connection.drain().catch(() => {});
      await connection.closed();
      clearTimeout(timer);
    },
  };
}

const apiCode = (error: unknown): number => (error instanceof JetStreamApiError ? error.code : 0);
