import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { JetStreamApiError, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import {
  type Authenticator,
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  errors,
  type NatsConnection,
} from '@nats-io/transport-node';
import { abortable } from '../../protocol/abortable.ts';
import type { Log } from '../telemetry/log.ts';
import type { ServerChoice } from './leaveSilent.ts';
import { isForbidden } from './natsErrors.ts';

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

/** Time for one attempt to connect to one server. */
const CONNECT_TIMEOUT_MS = 2_000;
/** Time from one attempt to the next at the start, ms. */
const WAIT_MS = 500;
/** Time from one attempt to reach a server to the next one, ms. */
const RETRY_MS = 200;
/** An election takes less. */
const JETSTREAM_TIMEOUT_MS = 15_000;
const JETSTREAM_RETRY_MS = 200;

const TEMPORARILY_UNAVAILABLE = 10_008;

/** See NatsOptions.role. */
export const inboxPrefix = ({ name, role }: NatsOptions): string | undefined =>
  role && `_INBOX.${name}.${role}`;

/** No server answers at these addresses: one may be about to start. */
class NotThere extends Error {}

/** For a process that may start before NATS does. */
export interface WaitForNats {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Called once, when it turns out that there is something to wait for. */
  began?(): void;
}

/** For a wait that has several parts, each of which may be the first that takes long. */
export function beginningOnce(wait: WaitForNats): WaitForNats {
  let hasBegun = false;
  return {
    signal: wait.signal,
    began() {
      if (hasBegun) return;
      hasBegun = true;
      wait.began?.();
    },
  };
}

/** @param wait see connectNats */
export async function openConnection(
  options: NatsOptions,
  { choice, log, wait }: { choice: ServerChoice; log: Log; wait: WaitForNats | undefined },
): Promise<NatsConnection> {
  /** Of all attempts: where there are several servers, they take turns. */
  const reasons = new Set<string>();
  for (;;) {
    wait?.signal.throwIfAborted();
    const opening = connectOnce(options, choice);
    try {
      const connection = await orAborted(opening, wait);
      if (reasons.size > 0) log.info({ server: connection.getServer() }, 'NATS is there');
      return connection;
    } catch (error) {
      // It may come too late.
      if (wait?.signal.aborted) opening.then((late) => late.close()).catch(() => {});
      if (wait === undefined || wait.signal.aborted || !(error instanceof NotThere)) throw error;
      const { message: why } = error;
      if (reasons.size === 0) {
        log.warn({ why }, 'waiting for NATS: it is tried until it is there');
        wait.began?.();
      } else if (!reasons.has(why)) log.warn({ why }, 'still waiting for NATS, for another reason');
      reasons.add(why);
      await orAborted(sleep(WAIT_MS), wait);
    }
  }
}

/** @throws the signal's reason when it aborts */
const orAborted = <T>(work: Promise<T>, wait: WaitForNats | undefined): Promise<T> =>
  wait ? abortable(work, wait.signal) : work;

async function connectOnce(options: NatsOptions, { pick }: ServerChoice): Promise<NatsConnection> {
  const settings = { ...(await connectionOptions(options)), reconnectToServer: pick };
  try {
    return await connect(settings);
  } catch (error) {
    const where = plainUrls(options.urls);
    const why = error instanceof Error ? error.message : String(error);
    if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError)
      throw new Error(
        `NATS at ${where} refused this process: ${why}. Give it the user and password, the token or the credentials file that the server expects.`,
        { cause: error },
      );
    if (isAboutTls(error))
      throw new Error(
        `No secure connection to NATS at ${where}: ${why}. Check the certificates: the authority's of the server, and the client's own where the server asks for one.`,
        { cause: error },
      );
    const advice = 'Check that nats-server runs there and that the address is right.';
    if (isOfNetwork(error))
      throw new NotThere(`NATS cannot be reached at ${where}: ${why}. ${advice}`, { cause: error });
    throw new Error(`NATS at ${where} cannot be used: ${why}. ${advice}`, { cause: error });
  }
}

/** The client puts what the system says inside an error of its own, in some cases. */
const isClientsOwn = (error: unknown) => error instanceof errors.ConnectionError;

function isAboutTls(error: unknown): boolean {
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string };
  return (
    /^ERR_(OS)?SSL|^ERR_TLS|CERT|SELF_SIGNED|UNABLE_TO_/.test(code) ||
    /'?tls'?\b|certificate/i.test(message) ||
    (isClientsOwn(error) && isAboutTls((error as Error).cause))
  );
}

/** The server, its machine, its name or the way to it is not there: it may be about to come. */
function isOfNetwork(error: unknown): boolean {
  if (isClientsOwn(error)) {
    const { cause } = error as Error;
    return cause === undefined || isOfNetwork(cause);
  }
  return (
    error instanceof errors.TimeoutError ||
    // It took the connection and ended it in the middle of the greeting.
    error instanceof errors.ClosedConnectionError ||
    error instanceof errors.RequestError ||
    // Of the system, as ECONNREFUSED or ENOTFOUND. Those of Node.js begin with ERR_, and stay what they are.
    /^E(?!RR_)[A-Z]/.test((error as { code?: string } | null | undefined)?.code ?? '')
  );
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
    // Credentials may have been renewed, or be about to be.
    ignoreAuthErrorAbort: true,
    // A stack trace for each request costs more than the request.
    noAsyncTraces: true,
    ...(inbox !== undefined && { inboxPrefix: inbox }),
    ...(token !== undefined && { token }),
    ...(user !== undefined && { user }),
    ...(pass !== undefined && { pass }),
    ...(credentialsFile !== undefined && {
      authenticator: await readCredentials(credentialsFile),
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

/** Parses them, too: the client does so only for a server that asks for them, and then closes without saying why. */
async function readCredentials(file: string): Promise<Authenticator> {
  const authenticator = credsAuthenticator(await readGiven(file, 'credentials'));
  try {
    authenticator('a nonce');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The credentials for NATS in ${file} cannot be used: ${why}. Make the file again, by "nsc generate creds".`,
      { cause: error },
    );
  }
  return authenticator;
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

/**
 * Waits while JetStream is about to answer: in a cluster that has just started, or lost its leader, it does after its election.
 * @param wait see connectNats
 */
export async function openJetStream(
  connection: NatsConnection,
  { urls }: NatsOptions,
  log: Log,
  wait: WaitForNats | undefined,
): Promise<JetStreamManager> {
  const deadline = performance.now() + JETSTREAM_TIMEOUT_MS;
  let isTold = false;
  for (;;) {
    try {
      return await orAborted(jetstreamManager(connection), wait);
    } catch (error) {
      wait?.signal.throwIfAborted();
      const why = error instanceof Error ? error.message : String(error);
      const isLate = performance.now() > deadline;
      const mayCome = connection.info?.jetstream && !isForbidden(error);
      if (!mayCome || (isLate && !(wait && isUnavailable(error)))) {
        throw new Error(
          `NATS at ${plainUrls(urls)} has no JetStream for this process: ${why}. Start nats-server with -js, and allow JetStream for the account.`,
          { cause: error },
        );
      }
      if (isLate && !isTold) {
        isTold = true;
        log.warn({ why }, 'waiting for JetStream: too few servers of the cluster are there');
        wait?.began?.();
      }
      await orAborted(sleep(JETSTREAM_RETRY_MS), wait);
    }
  }
}

/** It is there and has no leader: most of its cluster is not there. */
const isUnavailable = (error: unknown): boolean =>
  error instanceof errors.TimeoutError ||
  error instanceof errors.ConnectionError ||
  (error instanceof JetStreamApiError && error.code === TEMPORARILY_UNAVAILABLE);
