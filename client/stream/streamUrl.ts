import { STREAM_PATH } from '../../protocol/messages.ts';
import { serverUrl } from '../serverUrl.ts';

/** The address of the stream of the server at `url`: `https://example.org/lens` gives `wss://example.org/lens/v1/stream`. */
export function streamUrl(url: string): string {
  const { href } = serverUrl(STREAM_PATH.slice(1), url);
  return href.replace(/^http/, 'ws');
}
