import { messageOf } from '../../../protocol/errors.ts';
import { DeviceError } from '../runtime/deviceSession.ts';
import type { FromDownload, ToDownload } from './downloadJob.ts';
import { fetchFile } from './fetchFile.ts';

// One file; the page ends the worker afterwards, or when it wants no more of it.
let onKept: (() => void) | undefined;

self.onmessage = ({ data }: MessageEvent<ToDownload>) => {
  if (data.type === 'kept') {
    onKept?.();
    return;
  }
  fetchFile(data.job, {
    onPart: (bytes) =>
      new Promise((resolve) => {
        onKept = resolve;
        post({ type: 'part', bytes }, [bytes.buffer]);
      }),
    onProgress: (receivedBytes) => post({ type: 'progress', receivedBytes }),
    signal: new AbortController().signal,
  }).then(
    () => post({ type: 'done' }),
    (error: unknown) => {
      const code = error instanceof DeviceError ? error.code : 'failed';
      post({ type: 'failed', code, message: messageOf(error) });
    },
  );
};

function post(message: FromDownload, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}
