import { homedir } from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { configFolder } from '../access/configFolder.ts';
import { readTrustedProxies, TRUST_PROXY_FORMS, type TrustedProxies } from '../access/trustedProxies.ts';
import { Environment } from './environment.ts';
import { isInContainer, type LanMode, lanMode } from './lanMode.ts';
import { findMachine, type Machine, modelsBytesFor, workersFor } from './machine.ts';

/** An origin as browsers send it, from what an operator may write for it. */
function readOrigin(text: string): string {
  if (text === '*') return text;
  if (!URL.canParse(text) || new URL(text).origin === 'null') {
    throw new Error(
      `Environment variable ALLOWED_ORIGINS: an origin like https://a.example expected, got "${text}".`,
    );
  }
  return new URL(text).origin;
}

/** @throws Error that says what is expected */
function readTrustProxy(text: string): TrustedProxies {
  const trusted = readTrustedProxies(text);
  if (trusted) return trusted;
  throw new Error(`Environment variable TRUST_PROXY: ${TRUST_PROXY_FORMS} expected, got "${text}".`);
}

export interface Config extends LanMode {
  /** 0: any free port. */
  port: number;
  /** A name or an address of this machine; undefined: all addresses, of IPv6 and IPv4. */
  host: string | undefined;
  /** The path below which browsers find the server, such as `/lens`; empty at the root. It is also found without it. */
  basePath: string;
  logLevel: v.InferOutput<typeof Environment>['LOG_LEVEL'];
  /** Absolute. */
  modelsDir: string;
  /** See RegistryOptions. */
  models: { maxMemoryBytes: number; maxSlowdown: number };
  /** Where the built pages are; absolute. Not used in development. */
  pagesDir: string;
  /** Serve the pages through Next's development server, with hot reload. */
  development: boolean;
  workers: { count: number; threads: number; frameTimeoutMs: number };
  /** Where the defaults of workers and memory come from. */
  machine: Machine;
  limits: Limits;
  /** How often the server pings; a socket that missed two answers is dead. */
  heartbeatMs: number;
  /** Origins, in addition to the server's own, whose pages may open the stream, as `https://host[:port]`, or `*`. */
  allowedOrigins: readonly string[];
  /** Whose word about a client's address and the host it asked for is taken. */
  trustProxy: TrustedProxies;
  /** Signs resume tokens. The same on all machines that share sessions; random where it is not set. */
  resumeSecret: string;
  /** Where the secret of this installation is; absolute. */
  configDir: string;
  /** Who shows it over HTTP may change models, from wherever. */
  adminToken?: string | undefined;
  /** Hugging Face, or a mirror of it. */
  hub: { endpoint: string; token?: string | undefined };
  /** What a client must show in `hello` or as a bearer token, where set. */
  token?: string | undefined;
  /** What a screen must show to see the cameras of others. Default: `token`. */
  screenToken?: string | undefined;
}

export interface Limits {
  maxSessions: number;
  maxSessionsPerAddress: number;
  /** Connections by HTTP that are no streams, in all and from one address. */
  maxConnections: number;
  maxConnectionsPerAddress: number;
  maxFrameBytes: number;
  maxPictureBytes: number;
  /** Of all files that a model comes as, unpacked. */
  maxModelBytes: number;
  /** Of a frame of a stream: well above what any model sees, and little enough to decode in a moment. */
  maxFramePixels: number;
  /** Of a picture sent to `/v1/predict`. */
  maxPicturePixels: number;
  /** A frame that waited longer at the server is dropped undecoded. */
  maxAgeMs: number;
  /** How often a waiting frame lets a session without credit send a newer one, ms. */
  refreshMs: number;
  /** Maximum number of frames of one session in flight: what a link of 300 ms needs; on a short one the page uses two. */
  credits: number;
  /** A session that has not said hello by then is closed. */
  helloTimeoutMs: number;
  /** Age at which a session is asked to reconnect, before a platform ends it without notice, ms. */
  maxSessionMs: number;
  /** Time over which clients that are asked to reconnect are spread, ms. */
  goAwaySpreadMs: number;
  /** Text messages and pings a session may send in any second. */
  maxTextPerSecond: number;
  /** Bytes of unread answers after which a socket that does not read is closed. */
  maxUnreadBytes: number;
  /** Maximum number of `/v1/predict` requests in progress, in all and from one address; most of them wait. */
  maxPredictions: number;
  maxPredictionsPerAddress: number;
  /** A client that sends a request of HTTP byte by byte holds its connection hardly longer. */
  requestTimeoutMs: number;
  /** Time after which an HTTP client that reads nothing of its answer is disconnected; a slow client reads a little from time to time. */
  stalledMs: number;
}

/** 0 is no limit. */
const modelsBytes = (mebibytes: number | undefined) =>
  mebibytes === 0 ? Number.POSITIVE_INFINITY : mebibytes && mebibytes * 2 ** 20;

/** Of a user id without an account and without HOME, as containers may have, the root: nothing can be kept there. */
function homeFolder(): string {
  try {
    return homedir();
  } catch {
    return path.parse(process.cwd()).root;
  }
}

/**
 * Resolves the configuration once, from the environment.
 * @throws Error that names the variable, what was expected and what came
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  options: { root: string; development?: boolean; machine?: Machine; isTerminal?: boolean },
): Config {
  const machine = options.machine ?? findMachine();
  const parsed = v.safeParse(Environment, env);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new Error(`Environment variable ${v.getDotPath(issue)}: ${issue.message}`);
  }
  const e = parsed.output;
  if (options.development && e.BASE_PATH !== '') {
    throw new Error(
      'Environment variable BASE_PATH: not available in development. "npm start" serves below a path.',
    );
  }
  const lan = lanMode(e, {
    isTerminal: options.isTerminal ?? false,
    isContainer: isInContainer(env),
    isDevelopment: options.development ?? false,
  });
  const workers = e.WORKERS ?? Math.min(256, workersFor(machine, e.WORKER_THREADS));
  return {
    ...lan,
    port: e.PORT,
    // As people write an IPv6 address in a URL.
    host: e.HOST?.replace(/^\[(.*)\]$/, '$1') || undefined,
    basePath: e.BASE_PATH,
    logLevel: e.LOG_LEVEL,
    modelsDir: path.resolve(options.root, e.MODELS_DIR),
    models: {
      maxMemoryBytes: modelsBytes(e.MODELS_MEMORY_MB) ?? modelsBytesFor(machine, workers),
      maxSlowdown: e.MODEL_MAX_SLOWDOWN,
    },
    pagesDir: path.resolve(options.root, 'dist/next'),
    development: options.development ?? false,
    machine,
    workers: { count: workers, threads: e.WORKER_THREADS, frameTimeoutMs: e.FRAME_TIMEOUT_MS },
    limits: {
      maxSessions: e.MAX_SESSIONS,
      maxSessionsPerAddress: e.MAX_SESSIONS_PER_ADDRESS,
      maxConnections: e.MAX_CONNECTIONS,
      maxConnectionsPerAddress: e.MAX_CONNECTIONS_PER_ADDRESS,
      maxFrameBytes: e.MAX_FRAME_BYTES,
      maxPictureBytes: e.MAX_PICTURE_BYTES,
      maxModelBytes: e.MAX_MODEL_BYTES,
      maxFramePixels: 4_200_000,
      maxPicturePixels: 60_000_000,
      maxAgeMs: e.MAX_AGE_MS,
      refreshMs: 100,
      credits: 4,
      helloTimeoutMs: 5_000,
      maxSessionMs: e.MAX_SESSION_MS,
      goAwaySpreadMs: 1_000,
      maxTextPerSecond: 30,
      maxUnreadBytes: 256 << 10,
      maxPredictions: 16,
      maxPredictionsPerAddress: 8,
      requestTimeoutMs: 30_000,
      stalledMs: 30_000,
    },
    heartbeatMs: e.HEARTBEAT_MS,
    allowedOrigins: e.ALLOWED_ORIGINS.map(readOrigin),
    trustProxy: readTrustProxy(e.TRUST_PROXY),
    resumeSecret: e.RESUME_SECRET,
    configDir: configFolder(env, { platform: process.platform, home: homeFolder() }),
    adminToken: e.ADMIN_TOKEN,
    hub: { endpoint: e.HF_ENDPOINT.replace(/\/+$/, ''), token: e.HF_TOKEN || undefined },
    token: e.TOKEN,
    screenToken: e.SCREEN_TOKEN,
  };
}
