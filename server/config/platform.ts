import { existsSync } from 'node:fs';
import { type ContractName, modelFolderOf } from './contracts.ts';
import type { SettingName } from './environment.ts';
import { PLATFORM_NAMES, type PlatformName } from './platformNames.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Values of settings, as an operator would write them. */
export type PlatformDefaults = Partial<Record<SettingName, string>>;

/** What a process can see of where it runs. */
export interface Surroundings {
  readonly env: Env;
  /** Arguments of the process that are no settings. Default: none. */
  readonly args?: readonly string[];
  /** Default: that of this process. */
  readonly pid?: number;
  /** Default: whether there is such a file or folder. */
  exists?(path: string): boolean;
}

interface Platform {
  /** Whether a process with these surroundings runs there, by what the platform documents. */
  isHere?(here: Required<Surroundings>): boolean;
  /** The contract by which it asks for predictions. */
  contract?: ContractName;
  defaults(env: Env): PlatformDefaults;
  /** What an operator has to know, and what to do. */
  note?(env: Env): string | undefined;
}

/** Where this process runs, and what follows. */
export interface FoundPlatform {
  readonly name: PlatformName;
  readonly contract: ContractName | undefined;
  /** Values of settings that hold unless the operator sets others. */
  readonly defaults: PlatformDefaults;
  readonly note: string | undefined;
}

/** A server that is asked to stop is gone this long before its platform would kill it, ms. */
const STOP_MARGIN_MS = 500;
/** Where the platform waits for half a minute: more than the longest answer takes. */
const LONG_DRAIN = '25000';
/** Google's front ends keep an idle connection to a server for 600 s. */
const GOOGLE_KEEP_ALIVE = '620000';
/** Requests last 5 minutes by default on Cloud Run and Knative, and a process cannot read what was set. */
const BEFORE_FIVE_MINUTES = '270000';
/** Bidirectional streams of SageMaker last half an hour. */
const BEFORE_HALF_AN_HOUR = '1500000';

const UNKNOWN_CHAIN =
  'Which proxies stand in front is not documented for this platform, so no header of theirs is trusted, and all ' +
  'clients share one limit. Set TRUST_PROXY once you have seen what arrives; docs/proxies.md says how.';

/** A drain that ends before the platform's kill, from a limit in seconds that the platform states in a variable. */
function drainWithin(seconds: string | undefined): PlatformDefaults {
  if (seconds === undefined || !/^\d{1,5}$/.test(seconds.trim()) || Number(seconds) < 1) return {};
  return { DRAIN_MS: String(Math.min(600_000, Number(seconds) * 1000 - STOP_MARGIN_MS)) };
}

/** docs/platforms.md has the source of each. */
const PLATFORMS: Record<PlatformName, Platform> = {
  sagemaker: {
    // It starts every image with this word; a gateway to other machines is started with it, too.
    isHere: ({ env, args, exists }) =>
      (args[0] === 'serve' && !has(env, 'QUEUE')) ||
      has(env, 'SAGEMAKER_BIND_TO_PORT') ||
      has(env, 'SAGEMAKER_MULTI_MODEL') ||
      exists(modelFolderOf('sagemaker', env)),
    contract: 'sagemaker',
    defaults: () => ({ LAN: '0', MAX_SESSION_MS: BEFORE_HALF_AN_HOUR, DRAIN_MS: LONG_DRAIN }),
  },
  vertex: {
    isHere: ({ env }) => has(env, 'AIP_HTTP_PORT') || has(env, 'AIP_PREDICT_ROUTE'),
    contract: 'vertex',
    defaults: () => ({ LAN: '0', KEEP_ALIVE_MS: GOOGLE_KEEP_ALIVE }),
  },
  'azure-ml': {
    isHere: ({ env }) => Object.keys(env).some((name) => name.startsWith('AZUREML_')),
    contract: 'azureml',
    defaults: () => ({ LAN: '0' }),
  },
  kserve: {
    isHere: ({ env, exists }) => exists(modelFolderOf('oip', env)),
    contract: 'oip',
    defaults: (env) => (has(env, 'K_SERVICE') ? PLATFORMS.knative : PLATFORMS.kubernetes).defaults(env),
    note: ({ TRUST_PROXY }) => (TRUST_PROXY === undefined ? UNKNOWN_CHAIN : undefined),
  },
  heroku: {
    isHere: ({ env }) => has(env, 'DYNO'),
    defaults: () => ({ LAN: '0', TRUST_PROXY: 'heroku', DRAIN_MS: LONG_DRAIN }),
  },
  knative: {
    isHere: ({ env }) => has(env, 'K_SERVICE') && has(env, 'KUBERNETES_SERVICE_HOST'),
    defaults: () => ({ LAN: '0', MAX_SESSION_MS: BEFORE_FIVE_MINUTES, DRAIN_MS: LONG_DRAIN }),
    note: () => UNKNOWN_CHAIN,
  },
  'cloud-run': {
    isHere: ({ env }) => has(env, 'K_SERVICE'),
    defaults: () => ({
      LAN: '0',
      TRUST_PROXY: 'cloud-run',
      MAX_SESSION_MS: BEFORE_FIVE_MINUTES,
      KEEP_ALIVE_MS: GOOGLE_KEEP_ALIVE,
      DRAIN_MS: '9500',
    }),
    note: ({ MAX_SESSION_MS }) =>
      MAX_SESSION_MS === undefined
        ? 'Clients reconnect before 5 minutes, the request timeout by default. With a longer one set MAX_SESSION_MS to a little less than it: 3540000 for 60 minutes.'
        : undefined,
  },
  'app-engine': {
    isHere: ({ env }) => has(env, 'GAE_INSTANCE') || has(env, 'GAE_SERVICE'),
    defaults: () => ({
      PORT: '8080',
      LAN: '0',
      TRUST_PROXY: 'app-engine',
      KEEP_ALIVE_MS: GOOGLE_KEEP_ALIVE,
      DRAIN_MS: LONG_DRAIN,
    }),
  },
  fly: {
    isHere: ({ env }) => has(env, 'FLY_APP_NAME'),
    defaults: () => ({ PORT: '8080', LAN: '0', TRUST_PROXY: 'fly', DRAIN_MS: '4500' }),
  },
  render: {
    isHere: ({ env: { RENDER } }) => RENDER === 'true',
    defaults: () => ({ PORT: '10000', LAN: '0', DRAIN_MS: LONG_DRAIN }),
    note: ({ TRUST_PROXY }) => (TRUST_PROXY === undefined ? UNKNOWN_CHAIN : undefined),
  },
  railway: {
    isHere: ({ env }) => has(env, 'RAILWAY_PROJECT_ID') || has(env, 'RAILWAY_ENVIRONMENT_ID'),
    defaults: ({ RAILWAY_DEPLOYMENT_DRAINING_SECONDS: seconds }) => ({
      LAN: '0',
      TRUST_PROXY: 'railway',
      ...drainWithin(seconds),
    }),
    note: ({ RAILWAY_DEPLOYMENT_DRAINING_SECONDS: seconds }) =>
      drainWithin(seconds).DRAIN_MS === undefined
        ? 'Railway ends a server at once unless it has a draining time, and sessions then lose a second. Set RAILWAY_DEPLOYMENT_DRAINING_SECONDS to 5 or more.'
        : undefined,
  },
  'azure-app-service': {
    isHere: ({ env }) => has(env, 'WEBSITE_SITE_NAME'),
    defaults: ({ WEBSITES_CONTAINER_STOP_TIME_LIMIT: seconds }) => ({
      // It looks for 80 and 8080 by itself, and does not tell a container what WEBSITES_PORT is.
      PORT: '8080',
      LAN: '0',
      ...drainWithin(seconds ?? '5'),
    }),
    note: ({ TRUST_PROXY }) => (TRUST_PROXY === undefined ? UNKNOWN_CHAIN : undefined),
  },
  'elastic-beanstalk': {
    // No variable tells. nginx on the same machine, and a load balancer of the private network in front of that or not.
    defaults: () => ({ PORT: '5000', LAN: '0', TRUST_PROXY: 'loopback, private' }),
  },
  kubernetes: {
    isHere: ({ env }) => has(env, 'KUBERNETES_SERVICE_HOST'),
    defaults: () => ({ LAN: '0', DRAIN_MS: LONG_DRAIN }),
    note: ({ TRUST_PROXY }) => (TRUST_PROXY === undefined ? UNKNOWN_CHAIN : undefined),
  },
  systemd: {
    // Programs that a service starts inherit its other variables, a person's terminal among them.
    isHere: ({ env: { SYSTEMD_EXEC_PID }, pid }) => SYSTEMD_EXEC_PID === String(pid),
    defaults: () => ({ LAN: '0', DRAIN_MS: LONG_DRAIN }),
  },
};

const has = (env: Env, name: string) => env[name] !== undefined && env[name] !== '';

/**
 * Where this process runs: what `PLATFORM` says, else what the surroundings show; undefined where neither is known. This is the one
 * table of platforms: their contract, their settings and their notes follow from it.
 */
export function findPlatform(here: Surroundings): FoundPlatform | undefined {
  const { env, args = [], pid = process.pid, exists = existsSync } = here;
  const wanted = env.PLATFORM?.trim().toLowerCase();
  const name =
    wanted !== undefined && wanted !== ''
      ? PLATFORM_NAMES.find((one) => one === wanted)
      : PLATFORM_NAMES.find((one) => PLATFORMS[one].isHere?.({ env, args, pid, exists }));
  if (name === undefined) return undefined;
  const { contract, defaults, note } = PLATFORMS[name];
  const { LAN, ...others } = defaults(env);
  return {
    name,
    contract,
    // A certificate of the operator's own is for https on this port, which LAN=0 would contradict.
    defaults: has(env, 'TLS_CERT') ? others : { ...others, ...(LAN !== undefined && { LAN }) },
    note: note?.(env),
  };
}
