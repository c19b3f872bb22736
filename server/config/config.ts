import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { configFolder } from '../access/configFolder.ts';
import { readTrustedProxies, TRUST_PROXY_FORMS, type TrustedProxies } from '../access/trustedProxies.ts';
import { findMachine, type Machine, modelsBytesFor, workersFor } from './machine.ts';

const wholeNumber = (min: number, max: number) =>
  v.pipe(
    v.string(),
    v.trim(),
    v.regex(/^\d+$/, 'a whole number'),
    v.transform(Number),
    v.minValue(min),
    v.maxValue(max),
  );
/** A whole number from an environment variable. */
const integer = (min: number, max: number, fallback: number) =>
  v.optional(wholeNumber(min, max), String(fallback));
const list = v.optional(
  v.pipe(
    v.string(),
    v.transform((text) =>
      text
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ''),
    ),
  ),
  '',
);

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

/** The path below which a reverse proxy passes requests on; without a slash at its end, empty at the root. */
const basePath = v.optional(
  v.pipe(
    v.string(),
    v.trim(),
    v.transform((text) => (text === '/' ? '' : text)),
    v.regex(
      /^(\/[\w~-]+)*$/,
      'a path such as /lens expected: a slash in front, none at the end, and only letters, digits, "-", "_" and "~" between slashes',
    ),
  ),
  '',
);

/** Every environment variable that the server reads; README documents them for operators. */
const Environment = v.object({
  PORT: integer(0, 65_535, 3000),
  HOST: v.optional(v.pipe(v.string(), v.trim())),
  BASE_PATH: basePath,
  LOG_LEVEL: v.optional(v.picklist(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']), 'info'),
  MODELS_DIR: v.optional(v.string(), 'models'),
  MAX_MODEL_BYTES: integer(1 << 20, 1 << 30, 1 << 30),
  MODELS_MEMORY_MB: v.optional(wholeNumber(0, 1 << 20)),
  MODEL_MAX_SLOWDOWN: integer(1, 1_000, 3),
  WORKERS: v.optional(wholeNumber(1, 256)),
  WORKER_THREADS: integer(1, 256, 1),
  MAX_SESSIONS: integer(1, 1_000_000, 200),
  MAX_SESSIONS_PER_ADDRESS: integer(1, 1_000_000, 50),
  MAX_CONNECTIONS: integer(16, 1_000_000, 500),
  MAX_CONNECTIONS_PER_ADDRESS: integer(8, 1_000_000, 200),
  MAX_FRAME_BYTES: integer(1_024, 64 << 20, 512 << 10),
  MAX_PICTURE_BYTES: integer(1_024, 256 << 20, 10 << 20),
  MAX_AGE_MS: integer(50, 60_000, 1_000),
  FRAME_TIMEOUT_MS: integer(100, 600_000, 5_000),
  HEARTBEAT_MS: integer(100, 600_000, 20_000),
  ALLOWED_ORIGINS: list,
  TRUST_PROXY: v.optional(v.string(), '0'),
  MAX_SESSION_MS: integer(1_000, 7 * 24 * 3_600_000, 50 * 60_000),
  RESUME_SECRET: v.optional(v.pipe(v.string(), v.minLength(16)), () => randomBytes(32).toString('hex')),
  TOKEN: v.optional(v.pipe(v.string(), v.minLength(8), v.maxLength(512))),
  ADMIN_TOKEN: v.optional(v.pipe(v.string(), v.minLength(16), v.maxLength(512))),
  HF_ENDPOINT: v.optional(v.pipe(v.string(), v.url()), 'https://huggingface.co'),
  HF_TOKEN: v.optional(v.string()),
});

export interface Config {
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
  options: { root: string; development?: boolean; machine?: Machine },
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
  const workers = e.WORKERS ?? Math.min(256, workersFor(machine, e.WORKER_THREADS));
  return {
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
  };
}
