import { BANDWIDTH } from '../../../protocol/bandwidth.ts';
import { serverUrl } from '../../browser/basePath.ts';

/** How fast the link to the server is, bits a second. */
export type LinkSpeed =
  | { readonly kind: 'measured'; readonly downBps: number; readonly upBps: number }
  | { readonly kind: 'busy' }
  | { readonly kind: 'unreachable' };

/** Grows until one takes this long, so that a slow link is not filled for long, and a fast one is measured well. */
const LONG_ENOUGH_MS = 400;
const FIRST_BYTES = 64 << 10;
const GROWTH = 8;

/** Sends random bytes and gets some, more each time. */
export async function measureLink(token: string | undefined, signal: AbortSignal): Promise<LinkSpeed> {
  const url = serverUrl(BANDWIDTH.path.slice(1));
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const options = { headers, signal, cache: 'no-store' } as const;
  try {
    const downBps = await growing(async (bytes) => {
      const response = await fetch(`${url}?bytes=${bytes}`, options);
      await response.arrayBuffer();
      return response.status;
    });
    const upBps = await growing(async (bytes) => {
      const response = await fetch(url, { ...options, method: 'POST', body: randomBytes(bytes) });
      await response.arrayBuffer();
      return response.status;
    });
    if (downBps === undefined || upBps === undefined) return { kind: 'busy' };
    return { kind: 'measured', downBps, upBps };
  } catch {
    return { kind: 'unreachable' };
  }
}

/** @returns bits a second; undefined where the server has no room for it now */
async function growing(send: (bytes: number) => Promise<number>): Promise<number | undefined> {
  for (let bytes = FIRST_BYTES; ; bytes *= GROWTH) {
    const size = Math.min(bytes, BANDWIDTH.maxBytes);
    const startedMs = performance.now();
    const status = await send(size);
    const tookMs = performance.now() - startedMs;
    if (status === 503) return undefined;
    if (status !== 200) throw new Error(`HTTP ${status}`);
    if (tookMs >= LONG_ENOUGH_MS || size === BANDWIDTH.maxBytes) return (8_000 * size) / tookMs;
  }
}

/** What a proxy cannot make smaller. */
function randomBytes(count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count);
  const MOST = 65_536;
  for (let at = 0; at < count; at += MOST)
    crypto.getRandomValues(bytes.subarray(at, Math.min(count, at + MOST)));
  return bytes;
}
