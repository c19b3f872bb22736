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
        tell({ type: 'part', bytes }, [bytes.buffer]);
      }),
    onProgress: (receivedBytes) => tell({ type: 'progress', receivedBytes }),
    signal: new AbortController().signal,
  }).then(
    () => tell({ type: 'done' }),
    (error: unknown) => {
      const code = error instanceof DeviceError ? error.code : 'failed';
      tell({ type: 'failed', code, message: messageOf(error) });
    },
  );
};

function tell(message: FromDownload, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}
