import { STREAM_PATH } from '../../protocol/messages.ts';
import { socketUrl } from '../serverUrl.ts';

/** The address of the stream of the server at `url`: `https://example.org/lens` gives `wss://example.org/lens/v1/stream`. */
export const streamUrl = (url: string): string => socketUrl(STREAM_PATH.slice(1), url);
