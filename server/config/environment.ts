import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import {
  about,
  basePath,
  file,
  integer,
  LAN_NAME_FORM,
  list,
  onOrOff,
  secret,
  text,
  wholeNumber,
} from './settingTypes.ts';

/**
 * Every environment variable of the product, with what docs/configuration.md says of it. After a change run
 * `npm run docs`, which writes that file again.
 */
export const Environment = v.object({
  PORT: v.pipe(
    integer(0, 65_535, 3000),
    about({ group: 'Address', meaning: 'Port of pages, API and stream. `0`: any free port.' }),
  ),
  HOST: v.pipe(
    v.optional(v.pipe(v.string(), v.trim())),
    about({
      group: 'Address',
      defaultIs: 'all addresses, IPv6 and IPv4',
      meaning: 'Name or address of this machine to listen on.',
    }),
  ),
  BASE_PATH: v.pipe(
    basePath,
    about({
      group: 'Address',
      defaultIs: 'none',
      meaning:
        'Path under which a reverse proxy passes requests on, such as `/lens`, if the proxy does not remove it. See [Under a path](subpath.md).',
    }),
  ),
  TRUST_PROXY: v.pipe(
    v.optional(v.string(), '0'),
    about({
      group: 'Address',
      meaning:
        'What stands in front of the server: the number of proxies, their addresses, or a platform such as `fly`, `cloudflare`, `heroku`. See [Behind a proxy](proxies.md).',
    }),
  ),
  LAN: v.pipe(
    onOrOff,
    about({
      group: 'Phones and other machines',
      defaultIs: 'on in a terminal, where the server listens on all addresses and nothing stands in front',
      meaning:
        '`1`: a QR code for phones, https on the same port, and plain HTTP of other machines is sent to https. `0`: none of it. See [On a phone](phone.md).',
    }),
  ),
  LAN_NAME: v.pipe(
    v.optional(
      v.pipe(
        v.string(),
        v.trim(),
        v.toLowerCase(),
        v.regex(/^[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?$/, LAN_NAME_FORM),
      ),
      'livelens',
    ),
    about({
      group: 'Phones and other machines',
      meaning:
        'Name of this machine on its network, `livelens.local`, by multicast DNS. Where it is taken: `livelens-2.local` and so on. `0`: none.',
    }),
  ),
  PAIRING: v.pipe(
    onOrOff,
    about({
      group: 'Phones and other machines',
      defaultIs: 'on in LAN mode',
      meaning:
        '`1`: other devices need the code in the QR code, good for one device, or `TOKEN`. `0`: everyone on the network may use the server.',
    }),
  ),
  TLS_CERT: v.pipe(
    file,
    about({
      group: 'Phones and other machines',
      defaultIs: 'made in LAN mode',
      meaning:
        'File of a certificate of your own, PEM, with those between it and its authority. The server then takes https and http on its port. Read again when it is replaced.',
    }),
  ),
  TLS_KEY: v.pipe(
    file,
    about({
      group: 'Phones and other machines',
      defaultIs: 'made in LAN mode',
      meaning: 'File of its private key, PEM, without a passphrase.',
    }),
  ),
  ALLOWED_ORIGINS: v.pipe(
    list,
    about({
      group: 'Access',
      defaultIs: 'none',
      meaning:
        'Other origins whose pages may use the server, separated by commas: `https://a.example,https://b.example`. `*`: all.',
    }),
  ),
  TOKEN: v.pipe(
    v.optional(secret(8)),
    about({
      group: 'Access',
      defaultIs: 'none',
      meaning:
        'Token that clients must show: typed in the page, or `#token=…` after its address; a bearer token over HTTP. 8 to 512 characters.',
    }),
  ),
  SCREEN_TOKEN: v.pipe(
    v.optional(secret(8)),
    about({
      group: 'Access',
      defaultIs:
        'as `TOKEN`; with neither, and `PAIRING` off, `/screen` opens on the machine of the server alone',
      meaning:
        'Token that `/screen` must show before it sees the cameras of others; it may then pair phones, too: typed there, or `/screen#token=…`. 8 to 512 characters. See [A second screen](screen.md).',
    }),
  ),
  ADMIN_TOKEN: v.pipe(
    v.optional(secret(16)),
    about({
      group: 'Access',
      defaultIs: 'none',
      meaning:
        'A request with this token may change models, from any address. 16 to 512 characters. See [Who may change models](access.md).',
    }),
  ),
  LIVELENS_CONFIG_DIR: v.pipe(
    text,
    about({
      group: 'Access',
      defaultIs: "a folder in the user's settings",
      meaning: 'Folder of the [secret of this installation](access.md).',
    }),
  ),
  RESUME_SECRET: v.pipe(
    v.optional(v.pipe(v.string(), v.minLength(16)), () => randomBytes(32).toString('hex')),
    about({
      group: 'Access',
      defaultIs: 'random',
      meaning:
        'Signs the tokens with which sessions resume. Give all machines that share sessions the same. At least 16 characters.',
    }),
  ),
  MODELS_DIR: v.pipe(
    v.optional(v.string(), 'models'),
    // Empty counts as not set: the folder of the package itself is no folder of models.
    v.transform((text) => text.trim() || 'models'),
    about({ group: 'Models', meaning: 'Folder of the models. It is written when models change.' }),
  ),
  MAX_MODEL_BYTES: v.pipe(
    integer(1 << 20, 1 << 30, 1 << 30),
    about({
      group: 'Models',
      unit: 'bytes',
      meaning: 'Maximum size of all files of a model that is added, unpacked.',
    }),
  ),
  MODELS_MEMORY_MB: v.pipe(
    v.optional(wholeNumber(0, 1 << 20)),
    about({
      group: 'Models',
      unit: 'MiB',
      defaultIs: 'no limit; in a container with a memory limit a share of it, at least 256',
      meaning:
        'Memory that models may take in one worker. Above it, the least recently used models are unloaded. `0`: no limit.',
    }),
  ),
  MODEL_MAX_SLOWDOWN: v.pipe(
    integer(1, 1_000, 3),
    about({
      group: 'Models',
      unit: 'times',
      meaning:
        'A new version of a model is refused if it takes more than this many times as long as the version in use.',
    }),
  ),
  HF_ENDPOINT: v.pipe(
    v.optional(v.pipe(v.string(), v.url()), 'https://huggingface.co'),
    about({ group: 'Models', meaning: 'Address of Hugging Face, or of a mirror.' }),
  ),
  HF_TOKEN: v.pipe(
    text,
    about({ group: 'Models', defaultIs: 'none', meaning: 'Token for gated models of Hugging Face.' }),
  ),
  WORKERS: v.pipe(
    v.optional(wholeNumber(1, 256)),
    about({
      group: 'Processes and memory',
      defaultIs: 'by cores and memory',
      meaning:
        "Number of processes that run models. The default follows a container's CPU quota and memory limit; the start line says what was found. [What a worker takes](performance.md#memory).",
    }),
  ),
  WORKER_THREADS: v.pipe(
    integer(1, 256, 1),
    about({ group: 'Processes and memory', unit: 'cores', meaning: 'Cores that each worker may use.' }),
  ),
  FRAME_TIMEOUT_MS: v.pipe(
    integer(100, 600_000, 5_000),
    about({
      group: 'Processes and memory',
      unit: 'ms',
      meaning:
        'A worker that is silent for longer is ended. One that takes much longer than usual is replaced sooner.',
    }),
  ),
  MAX_SESSIONS: v.pipe(
    integer(1, 1_000_000, 200),
    about({
      group: 'Sessions and connections',
      unit: 'sessions',
      meaning: 'Maximum number of sessions. Further clients are asked to come back later.',
    }),
  ),
  MAX_SESSIONS_PER_ADDRESS: v.pipe(
    integer(1, 1_000_000, 50),
    about({
      group: 'Sessions and connections',
      unit: 'sessions',
      meaning: 'The same, from one address.',
    }),
  ),
  MAX_CONNECTIONS: v.pipe(
    integer(16, 1_000_000, 500),
    about({
      group: 'Sessions and connections',
      unit: 'connections',
      meaning:
        'Maximum number of HTTP connections that are not streams; lower where the system allows few open files.',
    }),
  ),
  MAX_CONNECTIONS_PER_ADDRESS: v.pipe(
    integer(8, 1_000_000, 200),
    about({
      group: 'Sessions and connections',
      unit: 'connections',
      meaning: 'The same, from one address.',
    }),
  ),
  HEARTBEAT_MS: v.pipe(
    integer(100, 600_000, 20_000),
    about({ group: 'Sessions and connections', unit: 'ms', meaning: 'Time between two pings of a socket.' }),
  ),
  MAX_SESSION_MS: v.pipe(
    integer(1_000, 7 * 24 * 3_600_000, 50 * 60_000),
    about({
      group: 'Sessions and connections',
      unit: 'ms',
      meaning:
        'Maximum age of a connection. The client is then asked to reconnect, before a platform cuts it off; its session goes on.',
    }),
  ),
  MAX_FRAME_BYTES: v.pipe(
    integer(1_024, 64 << 20, 512 << 10),
    about({
      group: 'Frames and pictures',
      unit: 'bytes',
      meaning: 'Maximum size of a frame. A larger one closes the socket.',
    }),
  ),
  MAX_PICTURE_BYTES: v.pipe(
    integer(1_024, 256 << 20, 10 << 20),
    about({
      group: 'Frames and pictures',
      unit: 'bytes',
      meaning: 'Maximum size of a picture for `/v1/predict`. A larger one gets 413.',
    }),
  ),
  MAX_AGE_MS: v.pipe(
    integer(50, 60_000, 1_000),
    about({
      group: 'Frames and pictures',
      unit: 'ms',
      meaning: 'A frame that waited longer is dropped.',
    }),
  ),
  OPEN: v.pipe(
    text,
    about({
      group: 'Start and logs',
      defaultIs: 'on a desktop',
      meaning: '`0`: `npm start` opens no browser.',
    }),
  ),
  LOG_LEVEL: v.pipe(
    v.optional(v.picklist(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']), 'info'),
    about({
      group: 'Start and logs',
      meaning:
        '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`. JSON lines on standard output. With `npm start` in a terminal the default is `warn`.',
    }),
  ),
});
