import type { DeviceErrorCode } from '../runtime/deviceSession.ts';
import type { FileJob } from './fetchFile.ts';

/** What the page sends to the download worker: a job, once, then for each part that it was stored. */
export type ToDownload = { readonly type: 'job'; readonly job: FileJob } | { readonly type: 'kept' };

/** What the download worker sends to the page. */
export type FromDownload =
  | { readonly type: 'part'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: 'progress'; readonly receivedBytes: number }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly code: DeviceErrorCode; readonly message: string };
