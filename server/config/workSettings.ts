import * as v from 'valibot';
import { about, integer, names, text, wholeNumber } from './settingTypes.ts';

/** What the server runs, and how much of it: a part of `Environment`. */
export const WORK_SETTINGS = {
  MODELS_DIR: v.pipe(
    v.optional(v.string(), 'models'),
    // Empty counts as not set: the folder of the package itself is no folder of models.
    v.transform((text) => text.trim() || 'models'),
    about({
      group: 'Models',
      meaning:
        'Folder of the models. It is written when models change. Of a [worker machine](many-machines.md): where it keeps what it fetched, if it is set.',
    }),
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
    about({
      isSecret: true,
      group: 'Models',
      defaultIs: 'none',
      meaning: 'Token for gated models of Hugging Face.',
    }),
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
  PROVIDERS: v.pipe(
    names('auto'),
    about({
      group: 'Processes and memory',
      meaning:
        'What may run models. `auto`: each accelerator that the runtime brings is tried, and serves where it wins ([Accelerators](accelerators.md)). `cpu`: none is tried. Or a list of `webgpu`, `coreml`, `dml` (DirectML), `cuda` and `tensorrt`: those alone are tried.',
    }),
  ),
  PRECISION: v.pipe(
    v.optional(v.picklist(['auto', 'int8', 'float32']), 'auto'),
    about({
      group: 'Processes and memory',
      meaning:
        'Which of both versions of a quantised model serves. `auto`: they are raced on this processor, and the faster one serves ([Quantising](quantizing.md#which-version-serves)); in a fleet it is a setting of each worker. `int8`, `float32`: that one, without a race.',
    }),
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
  MAX_SESSIONS_PER_TOKEN: v.pipe(
    v.optional(wholeNumber(1, 1_000_000)),
    about({
      group: 'Sessions and connections',
      unit: 'sessions',
      defaultIs: 'no limit',
      meaning:
        'The same, with tokens of one person: by `sub` of a [signed token](access.md#signed-tokens), or by the paired device. A client whose link broke off may count twice for a minute.',
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
  KEEP_ALIVE_MS: v.pipe(
    integer(1_000, 3_600_000, 130_000),
    about({
      group: 'Sessions and connections',
      unit: 'ms',
      meaning:
        'Time after which an idle HTTP connection is closed. It must be longer than a proxy in front keeps one: otherwise a request may meet a connection that is just being closed, and fail.',
    }),
  ),
  DRAIN_MS: v.pipe(
    integer(1_000, 600_000, 3_500),
    about({
      group: 'Start and logs',
      unit: 'ms',
      meaning:
        'Maximum time from the signal to stop to the end of the process: less than the platform waits before it kills. Without work in progress the server stops sooner.',
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
  MAX_PICTURES_PER_TOKEN: v.pipe(
    v.optional(wholeNumber(1, 1_000)),
    about({
      group: 'Frames and pictures',
      unit: 'pictures',
      defaultIs: 'no limit',
      meaning: 'Maximum number of pictures for `/v1/predict` at a time with tokens of one person.',
    }),
  ),
  MAX_FRAMES_PER_SECOND_PER_TOKEN: v.pipe(
    v.optional(wholeNumber(1, 1_000_000)),
    about({
      group: 'Frames and pictures',
      unit: 'frames a second',
      defaultIs: 'no limit',
      meaning:
        'Maximum number of frames and pictures with tokens of one person. What exceeds it is dropped; the session goes on. A picture gets 429.',
    }),
  ),
  MAX_FRAMES_PER_SECOND_PER_ADDRESS: v.pipe(
    v.optional(wholeNumber(1, 1_000_000)),
    about({
      group: 'Frames and pictures',
      unit: 'frames a second',
      defaultIs: 'no limit',
      meaning: 'The same, from one address.',
    }),
  ),
  MAX_BYTES_PER_SECOND_PER_TOKEN: v.pipe(
    v.optional(wholeNumber(1_024, 2 ** 30)),
    about({
      group: 'Frames and pictures',
      unit: 'bytes',
      defaultIs: 'no limit',
      meaning:
        'Maximum size of frames and pictures a second with tokens of one person, kept in the same way.',
    }),
  ),
  MAX_BYTES_PER_SECOND_PER_ADDRESS: v.pipe(
    v.optional(wholeNumber(1_024, 2 ** 30)),
    about({
      group: 'Frames and pictures',
      unit: 'bytes',
      defaultIs: 'no limit',
      meaning: 'The same, from one address.',
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
};
