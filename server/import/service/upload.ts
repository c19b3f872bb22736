import { createWriteStream } from 'node:fs';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CodedError } from '../../../protocol/errors.ts';
import { aboutModels } from '../../../protocol/sentences/models.ts';
import { formatBytes } from '../../../vision/formatBytes.ts';

/** An upload that sends nothing for this time is ended, ms. */
const IDLE_UPLOAD_MS = 30_000;

/** Writes the body of a request to a new file. @throws CodedError `model_too_large`, `bad_request` for a body that stops */
export async function writeUpload(
  body: Readable,
  file: string,
  maxBytes: number,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<void> {
  let bytes = 0;
  const idle = new AbortController();
  const stopIdle = () => idle.abort(new CodedError('bad_request', aboutModels('upload_stalled')));
  const timer = setTimeout(stopIdle, IDLE_UPLOAD_MS);
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      timer.refresh();
      if (bytes > maxBytes) {
        done(tooLargeUpload(maxBytes));
        return;
      }
      onBytes(bytes);
      done(null, chunk);
    },
  });
  try {
    await pipeline(body, counted, createWriteStream(file, { flags: 'wx' }), {
      signal: AbortSignal.any([signal, idle.signal]),
    });
  } catch (error) {
    throw idle.signal.aborted ? idle.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
  if (bytes === 0) throw new CodedError('bad_request', aboutModels('upload_empty'));
}

export const tooLargeUpload = (maxBytes: number): CodedError =>
  new CodedError('model_too_large', aboutModels('upload_too_large', { max: formatBytes(maxBytes) }));
