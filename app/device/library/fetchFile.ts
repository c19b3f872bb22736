import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { errorOf } from '../../../client/http/answer.ts';
import type { ContentFile } from '../../../vision/deviceModel.ts';
import { DeviceError } from '../runtime/deviceSession.ts';
import { toDeviceError } from './toDeviceError.ts';

/** What one part of a file has at most: so much is lost when the page is closed. */
const PART_BYTES = 4 << 20;
const STALL_MS = 20_000;

export interface FileJob {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly file: ContentFile;
  /** What is here of it already, from its beginning. */
  readonly parts: readonly Blob[];
  /** A transfer without data for this long counts as cut. Default 20,000. */
  readonly stallMs?: number;
}

export interface FileHooks {
  /** Keeps what came next. The last part is given only when the whole has the right hash. */
  onPart(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Bytes of the file that are here, those of earlier attempts included. */
  onProgress(receivedBytes: number): void;
  signal: AbortSignal;
}

/**
 * Fetches what is missing of a file, and checks the whole of it; goes on where it was cut as long as something comes.
 * @throws DeviceError `hash` when other bytes come, `unreachable`, `unauthorized`, `no_model`, `gone`; what `onPart` throws; the
 * signal's reason when aborted
 */
export type FetchFile = (job: FileJob, hooks: FileHooks) => Promise<void>;

export const fetchFile: FetchFile = async (
  { url, headers, file, parts, stallMs = STALL_MS },
  { onPart, onProgress, signal },
) => {
  const hash = sha256.create();
  let received = 0;
  for (const part of parts) {
    hash.update(new Uint8Array(await part.arrayBuffer()));
    received += part.size;
  }
  const nextPart = () => new Uint8Array(Math.min(PART_BYTES, file.bytes - received));
  let part = nextPart();
  let filled = 0;

  async function flush(): Promise<void> {
    if (filled === 0) return;
    if (received === file.bytes) checkHash(bytesToHex(hash.digest()), file);
    await onPart(filled === part.length ? part : part.slice(0, filled));
    part = nextPart();
    filled = 0;
  }

  async function take(chunk: Uint8Array): Promise<void> {
    if (received + chunk.length > file.bytes) {
      throw new DeviceError(
        'hash',
        `More than the ${file.bytes} bytes of ${file.sha256} came; it was not kept.`,
      );
    }
    hash.update(chunk);
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + part.length - filled);
      part.set(piece, filled);
      filled += piece.length;
      received += piece.length;
      at += piece.length;
      if (filled === part.length) await flush();
    }
    onProgress(received);
  }

  while (received < file.bytes) {
    const before = received;
    try {
      for await (const chunk of chunksFrom(url, headers, { start: received, stallMs, signal }))
        await take(chunk);
      if (received < file.bytes) cut(new Error(`${received} of ${file.bytes} bytes came.`));
    } catch (error) {
      signal.throwIfAborted();
      const isCut = error instanceof DeviceError && error.code === 'unreachable';
      if (isCut) await flush();
      if (!isCut || received === before) throw error;
    }
  }
};

function checkHash(found: string, { sha256: expected }: ContentFile): void {
  if (found === expected) return;
  throw new DeviceError(
    'hash',
    `What came has the SHA-256 ${found}, expected was ${expected}; it was not kept.`,
  );
}

async function* chunksFrom(
  url: string,
  headers: FileJob['headers'],
  { start, stallMs, signal }: { start: number; stallMs: number; signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const attempt = new AbortController();
  const end = () => attempt.abort(signal.reason);
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  let stalled: ReturnType<typeof setTimeout> | undefined;
  const alive = () => {
    clearTimeout(stalled);
    stalled = setTimeout(() => attempt.abort(new Error(`Nothing came for ${stallMs} ms.`)), stallMs);
  };
  try {
    alive();
    const range = start > 0 ? { Range: `bytes=${start}-` } : {};
    // The browser's own cache would keep it a second time.
    const request = { headers: { ...headers, ...range }, cache: 'no-store', signal: attempt.signal } as const;
    const response = await fetch(url, request).catch(cut);
    if (!response.ok) throw toDeviceError(await errorOf(response));
    const reader = response.body?.getReader();
    if (reader === undefined) return;
    // A server without range requests sends the file from the beginning.
    let known = response.status === 206 ? 0 : start;
    for (;;) {
      const { done, value } = await reader.read().catch(cut);
      if (done) return;
      alive();
      const skipped = Math.min(known, value.length);
      known -= skipped;
      yield value.subarray(skipped);
    }
  } finally {
    clearTimeout(stalled);
    signal.removeEventListener('abort', end);
    // Ends a transfer whose rest is not wanted.
    attempt.abort();
  }
}

function cut(cause: unknown): never {
  throw new DeviceError('unreachable', 'The connection to the server was cut.', { cause });
}
