import { createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Text } from '../../../protocol/sentence.ts';
import { progress as downloading } from '../../../protocol/sentences/progress.ts';
import { aboutSource } from '../../../protocol/sentences/sources.ts';
import { formatBytes } from '../../../vision/formatBytes.ts';
import { ImportError } from '../importError.ts';
import type { Answer, Network } from './network.ts';

export interface DownloadOptions {
  network: Network;
  maxBytes: number;
  headers?: Readonly<Record<string, string>>;
  onBytes?: ((bytes: number, of: number | undefined) => void) | undefined;
  onProgress?: ((message: Text) => void) | undefined;
  signal?: AbortSignal | undefined;
  /** The first of the growing delays between tries, ms. */
  firstDelayMs?: number;
  /** Tries in a row that may bring nothing. Default 6. */
  maxTries?: number;
}

const MAX_TRIES = 6;
const MAX_DELAY_MS = 30_000;

/**
 * Fetches one file. What a broken connection brought is kept, and the rest is asked for, as long as the server vouches
 * with a strong ETag that it is the same file; else it begins again.
 * @returns the address after redirects
 * @throws ImportError `source_unreachable`, `unknown_source`, `forbidden_source`, `too_large`
 */
export async function download(url: URL, file: string, options: DownloadOptions): Promise<URL> {
  const { signal, firstDelayMs = 500, maxTries = MAX_TRIES, onProgress } = options;
  const progress = { bytes: 0, etag: undefined as string | undefined };
  let tries = 0;
  for (;;) {
    const before = progress.bytes;
    try {
      return await attempt(url, file, progress, options);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof ImportError && !error.retryable) {
        await rm(file, { force: true });
        throw error;
      }
      if (error instanceof Error && 'code' in error && error.code === 'ENOTFOUND') {
        throw new ImportError('source_unreachable', aboutSource('no_host', { host: url.hostname }), {
          cause: error,
        });
      }
      tries = progress.bytes > before ? 1 : tries + 1;
      const why = error instanceof Error ? error.message : String(error);
      if (tries >= maxTries) {
        throw new ImportError(
          'source_unreachable',
          aboutSource('host_failed', { host: url.host, tries: maxTries, why }),
          { cause: error },
        );
      }
      const delayMs = Math.min(MAX_DELAY_MS, firstDelayMs * 2 ** (tries - 1) * (0.75 + Math.random() / 2));
      onProgress?.(downloading('tries_again', { why, seconds: Math.ceil(delayMs / 1000) }));
      await sleep(delayMs, undefined, { signal });
    }
  }
}

async function attempt(
  url: URL,
  file: string,
  progress: { bytes: number; etag: string | undefined },
  { network, maxBytes, headers = {}, onBytes, signal }: DownloadOptions,
): Promise<URL> {
  const { etag } = progress;
  const range: Record<string, string> =
    progress.bytes > 0 && etag !== undefined ? { Range: `bytes=${progress.bytes}-`, 'If-Range': etag } : {};
  const answer = await network.get(url, { headers: { ...headers, ...range }, signal });
  try {
    // What was kept is no beginning of what is there now: the next try starts over.
    if (answer.status === 416) progress.etag = undefined;
    assertWhole(answer, url);
    const resumed = resumedRange(answer, progress.bytes);
    if (resumed === undefined) progress.bytes = 0;
    // Weak ETags do not say that every byte is the same.
    progress.etag = answer.headers.etag?.startsWith('"') ? answer.headers.etag : undefined;
    const length = answer.headers['content-length'];
    const of = resumed?.of ?? (length === undefined ? undefined : progress.bytes + Number(length));
    if (of !== undefined && of > maxBytes) throw tooLarge(url, of, maxBytes);

    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        if (progress.bytes + chunk.length > maxBytes) {
          done(tooLarge(url, undefined, maxBytes));
          return;
        }
        progress.bytes += chunk.length;
        onBytes?.(progress.bytes, of);
        done(null, chunk);
      },
    });
    const kept = createWriteStream(file, { flags: resumed ? 'a' : 'w' });
    try {
      await pipeline(answer.body, counted, kept, { signal });
    } finally {
      // What was on its way to the file when the connection broke still reaches it.
      if (!kept.closed) await new Promise<void>((resolve) => kept.once('close', resolve));
      // What was counted and what reached the file before a break may differ.
      progress.bytes = await stat(file).then(
        ({ size }) => size,
        () => 0,
      );
    }
    if (of !== undefined && progress.bytes !== of) {
      throw new Error(`${url.host} announced ${of} bytes and sent ${progress.bytes}`);
    }
    return answer.url;
  } finally {
    answer.body.destroy();
  }
}

function assertWhole({ status, url }: Answer, asked: URL): void {
  if (status === 200 || status === 206) return;
  if (status === 404 || status === 410) {
    throw new ImportError(
      'unknown_source',
      aboutSource('nothing_there', { address: withoutQuery(asked), status }),
    );
  }
  if (status === 401 || status === 403) {
    throw new ImportError('forbidden_source', aboutSource('needs_login', { host: asked.host, status }));
  }
  if (status === 416 || status === 408 || status === 425 || status === 429 || status >= 500) {
    throw new Error(`${asked.host} answers ${status}`);
  }
  throw new ImportError(
    'unknown_source',
    aboutSource('not_a_file_there', { host: asked.host, status, address: withoutQuery(url) }),
  );
}

/** What `206` goes on with; undefined where the file begins again. */
function resumedRange({ status, headers }: Answer, from: number): { of: number | undefined } | undefined {
  if (status !== 206) return undefined;
  const [, start, of] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers['content-range'] ?? '') ?? [];
  if (Number(start) !== from) throw new Error('the server resumed at another position than requested');
  return { of: of === undefined || of === '*' ? undefined : Number(of) };
}

function tooLarge(url: URL, bytes: number | undefined, maxBytes: number): ImportError {
  return new ImportError(
    'too_large',
    bytes === undefined
      ? aboutSource('download_too_large', { host: url.host, max: formatBytes(maxBytes) })
      : aboutSource('download_larger', {
          host: url.host,
          size: formatBytes(bytes),
          max: formatBytes(maxBytes),
        }),
  );
}

/** Queries of addresses often hold a signature. */
export const withoutQuery = (url: URL): string => `${url.origin}${url.pathname}`;
