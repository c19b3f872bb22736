import { homedir } from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { configFolder } from '../access/configFolder.ts';
import type { SignedTokenRules } from '../access/signedTokens.ts';
import { readTrustedProxies, TRUST_PROXY_FORMS, type TrustedProxies } from '../access/trustedProxies.ts';
import { type ContractMode, contractMode } from './contracts.ts';
import { Environment, isSettingName } from './environment.ts';
import { isInContainer, type LanMode, lanMode } from './lanMode.ts';
import { findMachine, type Machine, modelsBytesFor, workersFor } from './machine.ts';
import type { FoundPlatform } from './platform.ts';
import { type Provider, readProviders } from './providers.ts';
import { type QueueConfig, queueConfig } from './queueConfig.ts';
import { whyRefused } from './settingForm.ts';
import { resolveSettings, type Settings } from './settings.ts';
import { signedTokenRules } from './signedTokenRules.ts';

/** An origin as browsers send it, from what an operator may write for it. */
function readOrigin(text: string, { nameOf }: Settings): string {
  if (text === '*') return text;
  if (!URL.canParse(text) || new URL(text).origin === 'null') {
    throw new Error(
      `${nameOf('ALLOWED_ORIGINS')}: an origin like https://a.example expected, got "${text}".`,
    );
  }
  return new URL(text).origin;
}

/** @throws Error that says what is expected */
function readTrustProxy(text: string, { nameOf }: Settings): TrustedProxies {
  const trusted = readTrustedProxies(text);
  if (trusted) return trusted;
  throw new Error(`${nameOf('TRUST_PROXY')}: ${TRUST_PROXY_FORMS} expected, got "${text}".`);
}

/** @throws Error that names the setting, where its value comes from, what it takes and what came */
function parseSettings(settings: Settings): v.InferOutput<typeof Environment> {
  const parsed = v.safeParse(Environment, settings.env);
  if (parsed.success) return parsed.output;
  const name = v.getDotPath(parsed.issues[0]) ?? '';
  if (!isSettingName(name)) throw new Error(parsed.issues[0].message);
  const value = settings.env[name] ?? '';
  throw new Error(
    `${settings.nameOf(name)}: ${whyRefused(name, value)}, got ${settings.shown(name, value)}.`,
  );
}

export interface Config extends LanMode, Pick<ContractMode, 'contracts' | 'modelFolder'> {
  /** 0: any free port. */
  port: number;
  /** A name or an address of this machine; undefined: all addresses, of IPv6 and IPv4. */
  host: string | undefined;
  /** The path below which browsers find the server, such as `/lens`; empty at the root. It is also found without it. */
  basePath: string;
  logLevel: v.InferOutput<typeof Environment>['LOG_LEVEL'];
  logFormat: NonNullable<v.InferOutput<typeof Environment>['LOG_FORMAT']>;
  /** Absolute. */
  modelsDir: string;
  /** See RegistryOptions. */
  models: { maxMemoryBytes: number; maxSlowdown: number };
  /** Where the built pages are; absolute. Not used in development. */
  pagesDir: string;
  /** Serve the pages through Next's development server, with hot reload. */
  development: boolean;
  workers: { count: number; threads: number; frameTimeoutMs: number };
  /** Where frames go that other machines are to run; undefined: this one runs them. */
  queue: QueueConfig | undefined;
  /** Accelerators that may be tried. */
  providers: readonly Provider[];
  /** Which version of a quantised model serves. */
  precision: 'auto' | 'int8' | 'float32';
  /** Where the defaults of workers and memory come from. */
  machine: Machine;
  limits: Limits;
  /** Where the server runs; undefined where that is not known, or PLATFORM is 0. */
  platform: FoundPlatform | undefined;
  /** Time after which an idle HTTP connection is closed. */
  keepAliveMs: number;
  /** Maximum time that stopping takes. */
  drainMs: number;
  /** How often the server pings; a socket that missed two answers is dead. */
  heartbeatMs: number;
  /** Origins, in addition to the server's own, whose pages may open the stream, as `https://host[:port]`, or `*`. */
  allowedOrigins: readonly string[];
  /** Whose word about a client's address and the host it asked for is taken. */
  trustProxy: TrustedProxies;
  /** Signs resume tokens. The same on all machines that share sessions; undefined where it is not set. */
  resumeSecret: string | undefined;
  /** Where the secret of this installation is; absolute. */
  configDir: string;
  /** Who shows it over HTTP may change models, from wherever. */
  adminToken?: string | undefined;
  /** Hugging Face, or a mirror of it. */
  hub: { endpoint: string; token?: string | undefined };
  /** What a client must show in `hello` or as a bearer token, where set. */
  token?: string | undefined;
  /** Tokens that others sign, where clients may show such. */
  signedTokens?: SignedTokenRules | undefined;
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
  /** Sessions, and pictures by HTTP at a time, with tokens of one person. Undefined, here and below: no limit. */
  maxSessionsPerToken: number | undefined;
  maxPicturesPerToken: number | undefined;
  /** Frames and pictures, and their bytes. */
  maxFramesPerSecondPerToken: number | undefined;
  maxFramesPerSecondPerAddress: number | undefined;
  maxBytesPerSecondPerToken: number | undefined;
  maxBytesPerSecondPerAddress: number | undefined;
  /** A client that sends a request of HTTP byte by byte holds its connection hardly longer. */
  requestTimeoutMs: number;
  /** Time after which an HTTP client that reads nothing of its answer is disconnected; a slow client reads a little from time to time. */
  stalledMs: number;
}

const DEFAULT_PORT = 3000;

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
 * Resolves the configuration once.
 * @param env the environment
 * @param options.settings the same with flags and file; see `resolveSettings`. Default: the environment alone
 * @throws Error that names the setting, where it comes from, what was expected and what came
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  options: {
    root: string;
    development?: boolean;
    machine?: Machine;
    isTerminal?: boolean;
    settings?: Settings;
    /** Where neither PORT nor a platform names one. Default 3000 */
    defaultPort?: number;
  },
): Config {
  const machine = options.machine ?? findMachine();
  const settings = options.settings ?? resolveSettings({ env });
  const e = parseSettings(settings);
  if (options.development && e.BASE_PATH !== '') {
    throw new Error(
      `${settings.nameOf('BASE_PATH')}: not available in development. "npm start" serves below a path.`,
    );
  }
  const lan = lanMode(
    e,
    {
      isTerminal: options.isTerminal ?? false,
      isContainer: isInContainer(env),
      isDevelopment: options.development ?? false,
    },
    settings.nameOf,
  );
  const { platform } = settings;
  const { contracts, port, modelFolder } = contractMode(e.CONTRACTS, {
    env,
    recognised: platform?.contract,
    settingName: settings.nameOf('CONTRACTS'),
  });
  const workers = e.WORKERS ?? Math.min(256, workersFor(machine, e.WORKER_THREADS));
  return {
    ...lan,
    contracts,
    // The operator knows better where models are.
    modelFolder: env.MODELS_DIR?.trim() ? undefined : modelFolder,
    port: e.PORT ?? port ?? options.defaultPort ?? DEFAULT_PORT,
    // As people write an IPv6 address in a URL.
    host: e.HOST?.replace(/^\[(.*)\]$/, '$1') || undefined,
    basePath: e.BASE_PATH,
    logLevel: e.LOG_LEVEL,
    logFormat: e.LOG_FORMAT ?? (options.isTerminal ? 'pretty' : 'json'),
    modelsDir: path.resolve(options.root, e.MODELS_DIR),
    models: {
      maxMemoryBytes: modelsBytes(e.MODELS_MEMORY_MB) ?? modelsBytesFor(machine, workers),
      maxSlowdown: e.MODEL_MAX_SLOWDOWN,
    },
    pagesDir: path.resolve(options.root, 'dist/next'),
    development: options.development ?? false,
    machine,
    workers: { count: workers, threads: e.WORKER_THREADS, frameTimeoutMs: e.FRAME_TIMEOUT_MS },
    queue: queueConfig(e, options.root, settings),
    providers: readProviders(e.PROVIDERS, settings.nameOf('PROVIDERS')),
    precision: e.PRECISION,
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
      maxSessionsPerToken: e.MAX_SESSIONS_PER_TOKEN,
      maxPicturesPerToken: e.MAX_PICTURES_PER_TOKEN,
      maxFramesPerSecondPerToken: e.MAX_FRAMES_PER_SECOND_PER_TOKEN,
      maxFramesPerSecondPerAddress: e.MAX_FRAMES_PER_SECOND_PER_ADDRESS,
      maxBytesPerSecondPerToken: e.MAX_BYTES_PER_SECOND_PER_TOKEN,
      maxBytesPerSecondPerAddress: e.MAX_BYTES_PER_SECOND_PER_ADDRESS,
      requestTimeoutMs: 30_000,
      stalledMs: 30_000,
    },
    platform,
    keepAliveMs: e.KEEP_ALIVE_MS,
    drainMs: e.DRAIN_MS,
    heartbeatMs: e.HEARTBEAT_MS,
    allowedOrigins: e.ALLOWED_ORIGINS.map((origin) => readOrigin(origin, settings)),
    trustProxy: readTrustProxy(e.TRUST_PROXY, settings),
    resumeSecret: e.RESUME_SECRET,
    configDir: configFolder(settings.env, { platform: process.platform, home: homeFolder() }),
    adminToken: e.ADMIN_TOKEN,
    hub: { endpoint: e.HF_ENDPOINT.replace(/\/+$/, ''), token: e.HF_TOKEN || undefined },
    token: e.TOKEN,
    signedTokens: signedTokenRules(e, settings),
    screenToken: e.SCREEN_TOKEN,
  };
}
