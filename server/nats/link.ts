import { readFile } from 'node:fs/promises';
import {
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';
import {
  type ConnectionOptions,
  connect,
  createInbox,
  credsAuthenticator,
  errors,
  type Msg,
  type NatsConnection,
} from '@nats-io/transport-node';
import type { QueueEvent, QueueFigures } from '../queue/queueFigures.ts';
import type { Log } from '../telemetry/log.ts';

/** Which NATS servers to use, and how to be let in. */
export interface NatsOptions {
  /** `nats://host:4222` or `tls://host:4222`, one or more. */
  urls: readonly string[];
  /** Begins all subjects and names of streams, so that several fleets can share the servers. Letters, digits, `-` and `_`. */
  name: string;
  /** Of the process, shown by the tools of NATS. */
  clientName: string;
  /**
   * What kind of process it is. Answers to it come on subjects of that kind, `_INBOX.<name>.<role>.>`: what one kind may read says nothing
   * of frames and secrets that others ask for. Default: `_INBOX.>`
   */
  role?: 'gateway' | 'worker' | 'viewer' | undefined;
  /** Copies of each stream. Default: 3 in a cluster of three or more servers, else 1. */
  replicas?: number | undefined;
  /** Made by `nsc`: a JWT and its key. */
  credentialsFile?: string | undefined;
  user?: string | undefined;
  password?: string | undefined;
  token?: string | undefined;
  /** Of the authority that signed the certificates of the servers. */
  caFile?: string | undefined;
  /** Of this client, for servers that ask for one. */
  certFile?: string | undefined;
  keyFile?: string | undefined;
}

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

/** Time for one attempt to connect to one server. */
const CONNECT_TIMEOUT_MS = 2_000;
/** Time from one attempt to reach a server to the next one, ms. */
const RETRY_MS = 200;
/** Time to hand over what was published, ms. */
const CLOSE_TIMEOUT_MS = 1_000;
/** A server that does not answer two of these is left: it may have vanished without a word, with its machine or the network. */
const PING_MS = 1_000;
/** In a cluster that has just started, or lost its leader, JetStream answers after its election. */
const JETSTREAM_TIMEOUT_MS = 15_000;
const JETSTREAM_RETRY_MS = 200;

/** What the server says where it cannot make that many copies: it has no cluster, or too few servers of it are there. */
const TOO_FEW_SERVERS = [10_005, 10_023, 10_074];
const STREAM_NAME_IN_USE = 10_058;

/** @throws Error that says what to do, where no server can be reached, it refuses this process, or it has no JetStream */
export async function connectNats(options: NatsOptions, log: Log): Promise<NatsLink> {
  const connection = await connectOnce(options);
  try {
    const manager = await openJetStream(connection, options);
    return openLink(connection, manager, options, log);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function openLink(
  connection: NatsConnection,
  manager: JetStreamManager,
  options: NatsOptions,
  log: Log,
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
      // Without a server nothing can be handed over any more, and draining would wait for it.
      const timer = setTimeout(() => void connection.close(), isConnected ? CLOSE_TIMEOUT_MS : 0);
      if (isConnected && !connection.isClosed() && !connection.isDraining())
        await connection.drain().catch(() => {});
      await connection.closed();
      clearTimeout(timer);
    },
  };
}

const inboxPrefix = ({ name, role }: NatsOptions): string | undefined => role && `_INBOX.${name}.${role}`;

const apiCode = (error: unknown): number => (error instanceof JetStreamApiError ? error.code : 0);

async function connectOnce(options: NatsOptions): Promise<NatsConnection> {
  const settings = await connectionOptions(options);
  try {
    return await connect(settings);
  } catch (error) {
    const where = plainUrls(options.urls);
    const why = error instanceof Error ? error.message : String(error);
    if (error instanceof errors.AuthorizationError)
      throw new Error(
        `NATS at ${where} refused this process: ${why}. Give it the user and password, the token or the credentials file that the server expects.`,
        { cause: error },
      );
    if (isAboutTls(error))
      throw new Error(
        `No secure connection to NATS at ${where}: ${why}. Check the certificates: the authority's of the server, and the client's own where the server asks for one.`,
        { cause: error },
      );
    throw new Error(
      `NATS cannot be reached at ${where}: ${why}. Check that nats-server runs there and that the address is right.`,
      { cause: error },
    );
  }
}

function isAboutTls(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return /^ERR_(SSL|TLS)|CERT|SELF_SIGNED|UNABLE_TO_/.test(code) || /'?tls'?\b|certificate/i.test(message);
}

async function connectionOptions(options: NatsOptions): Promise<ConnectionOptions> {
  const urls = options.urls.map(readUrl);
  const { token, user, password: pass, credentialsFile, caFile, certFile, keyFile } = options;
  const inbox = inboxPrefix(options);
  const isSecure = urls.some((each) => each.isSecure) || caFile !== undefined || certFile !== undefined;
  return {
    servers: urls.map((each) => each.host),
    name: options.clientName,
    timeout: CONNECT_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RETRY_MS,
    reconnectJitter: RETRY_MS / 2,
    reconnectJitterTLS: RETRY_MS / 2,
    pingInterval: PING_MS,
    maxPingOut: 2,
    // Credentials may have been renewed, or be about to be.
    ignoreAuthErrorAbort: true,
    // A stack trace for each request costs more than the request.
    noAsyncTraces: true,
    ...(inbox !== undefined && { inboxPrefix: inbox }),
    ...(token !== undefined && { token }),
    ...(user !== undefined && { user }),
    ...(pass !== undefined && { pass }),
    ...(credentialsFile !== undefined && {
      authenticator: credsAuthenticator(await readGiven(credentialsFile, 'credentials')),
    }),
    ...(isSecure && {
      tls: {
        ...(caFile !== undefined && { ca: await textOf(caFile, 'certificate authority') }),
        ...(certFile !== undefined && { cert: await textOf(certFile, 'certificate') }),
        ...(keyFile !== undefined && { key: await textOf(keyFile, 'key') }),
      },
    }),
  };
}

async function readGiven(file: string, what: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The ${what} for NATS cannot be read: ${why}.`, { cause: error });
  }
}

const textOf = async (file: string, what: string) => new TextDecoder().decode(await readGiven(file, what));

function readUrl(text: string): { host: string; isSecure: boolean } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['nats:', 'tls:'].includes(url.protocol) || url.hostname === '')
    throw new Error(
      `"${plainUrls([text])}" is no address of NATS. Write nats://host:4222 or tls://host:4222.`,
    );
  return { host: `${url.hostname}:${url.port || 4222}`, isSecure: url.protocol === 'tls:' };
}

/** Without what may stand before the host and is secret, for messages. */
const plainUrls = (urls: readonly string[]): string => urls.join(', ').replaceAll(/\/\/[^/,@]*@/g, '//');

async function openJetStream(connection: NatsConnection, { urls }: NatsOptions): Promise<JetStreamManager> {
  const deadline = performance.now() + JETSTREAM_TIMEOUT_MS;
  for (;;) {
    try {
      return await jetstreamManager(connection);
    } catch (error) {
      if (connection.info?.jetstream && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, JETSTREAM_RETRY_MS));
        continue;
      }
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(
        `NATS at ${plainUrls(urls)} has no JetStream for this process: ${why}. Start nats-server with -js, and allow JetStream for the account.`,
        { cause: error },
      );
    }
  }
}
