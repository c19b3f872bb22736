import path from 'node:path';
import type * as v from 'valibot';
import type { Environment, SettingName } from './environment.ts';
import type { Settings } from './settings.ts';

/** How a process of a fleet reaches the others. */
export interface QueueConfig {
  /** Of NATS servers, without credentials. */
  readonly urls: readonly string[];
  /** Who this process is at NATS; at most one of the three kinds. */
  readonly credentialsFile: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
  /** Files in PEM. All paths are absolute. */
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  /** What subjects and streams begin with. */
  readonly name: string;
  /** Number of servers that keep each stream; undefined: by the size of their cluster. */
  readonly replicas: number | undefined;
  /** Of a worker: those of one group share one line of frames. */
  readonly group: string;
  /** Of a worker: where it keeps files of models that it fetched; undefined: it fetches them at each start. */
  readonly cacheDir: string | undefined;
}

type Parsed = v.InferOutput<typeof Environment>;

/**
 * What the settings say of the queue; undefined where there is none: frames then stay in this process.
 * @throws Error that names the setting, and what is expected
 */
export function queueConfig(e: Parsed, root: string, settings: Settings): QueueConfig | undefined {
  if (e.QUEUE.length === 0) return undefined;
  for (const url of e.QUEUE) checkUrl(url, settings);
  const { QUEUE_USER: user, QUEUE_PASSWORD: password, QUEUE_TOKEN: token } = e;
  needsBoth('QUEUE_USER', user, 'QUEUE_PASSWORD', password, settings);
  needsBoth('QUEUE_CERT_FILE', e.QUEUE_CERT_FILE, 'QUEUE_KEY_FILE', e.QUEUE_KEY_FILE, settings);
  const kinds = [
    ['QUEUE_CREDENTIALS_FILE', e.QUEUE_CREDENTIALS_FILE],
    ['QUEUE_USER', user],
    ['QUEUE_TOKEN', token],
  ] as const;
  const [first, second] = kinds.flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (first !== undefined && second !== undefined) {
    throw new Error(
      `${settings.nameOf(first)}: ${second} is set, too. NATS takes one kind of credentials: leave one of them out.`,
    );
  }
  const absolute = (file: string | undefined) => file && path.resolve(root, file);
  return {
    urls: e.QUEUE,
    credentialsFile: absolute(e.QUEUE_CREDENTIALS_FILE),
    user,
    password,
    token,
    caFile: absolute(e.QUEUE_CA_FILE),
    certFile: absolute(e.QUEUE_CERT_FILE),
    keyFile: absolute(e.QUEUE_KEY_FILE),
    name: e.QUEUE_NAME,
    replicas: e.QUEUE_REPLICAS,
    group: e.WORKER_GROUP,
    // Not the folder of the models that ship with the package.
    cacheDir: settings.env.MODELS_DIR?.trim() ? path.resolve(root, e.MODELS_DIR) : undefined,
  };
}

function checkUrl(text: string, settings: Settings): void {
  const name = settings.nameOf('QUEUE');
  const got = `got ${settings.shown('QUEUE', text)}.`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['nats:', 'tls:'].includes(url.protocol) || url.hostname === '') {
    throw new Error(
      `${name}: addresses such as nats://nats.example:4222 or tls://nats.example:4222 expected, ${got}`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new Error(
      `${name}: an address without credentials expected, as others see it in logs and lists of processes. Set QUEUE_USER and ` +
        `QUEUE_PASSWORD, QUEUE_TOKEN or QUEUE_CREDENTIALS_FILE instead, ${got}`,
    );
  }
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') {
    throw new Error(`${name}: nothing expected after the port, ${got}`);
  }
}

function needsBoth(
  name: SettingName,
  value: string | undefined,
  other: SettingName,
  otherValue: string | undefined,
  { nameOf }: Settings,
): void {
  if ((value === undefined) === (otherValue === undefined)) return;
  const [given, missing] = value === undefined ? [other, name] : [name, other];
  throw new Error(`${nameOf(given)}: ${missing} is missing, without which it says nothing. Set both.`);
}
