import { STREAM_PATH } from '../../protocol/messages.ts';

/** The stream's URL, below the folder of the page. */
export function streamUrl(pageUrl: string): string {
  const url = new URL(`.${STREAM_PATH}`, pageUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
