import { CodedError } from '../../protocol/errors.ts';
import type { ImageFormat } from '../../protocol/frame.ts';
import { imageFormatOf } from '../../protocol/imageFormat.ts';
import type { FrameResult } from '../queue/frameQueue.ts';

/** @throws CodedError `undecodable` */
export function requireFormat(image: Uint8Array): ImageFormat {
  const format = imageFormatOf(image);
  if (format !== undefined) return format;
  throw new CodedError('undecodable', 'A JPEG, PNG or WebP picture expected; these bytes are none of them.');
}

/** What a client is told of a picture that got no answer. */
export function droppedError({ reason, detail }: Extract<FrameResult, { kind: 'dropped' }>): CodedError {
  switch (reason) {
    case 'undecodable':
      return new CodedError('undecodable', `The picture could not be read: ${detail ?? 'unknown reason'}`);
    case 'too_costly':
      return new CodedError(
        'frame_too_costly',
        `The picture takes too long to decode (${detail ?? 'by its headers'}). Save it as a baseline JPEG, or smaller.`,
      );
    case 'stale':
      return new CodedError('stale', 'The server has too much to do. Try again in a moment.');
    default:
      return new CodedError('worker_lost', 'The worker ended while it processed the picture. Try again.');
  }
}
