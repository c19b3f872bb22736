import { CodedError } from '../../protocol/errors.ts';
import type { ImageFormat } from '../../protocol/frame.ts';
import { imageFormatOf } from '../../protocol/imageFormat.ts';
import { aboutModels } from '../../protocol/sentences/models.ts';
import type { FrameResult } from '../queue/frameQueue.ts';

/** @throws CodedError `undecodable` */
export function requireFormat(image: Uint8Array): ImageFormat {
  const format = imageFormatOf(image);
  if (format !== undefined) return format;
  throw new CodedError('undecodable', aboutModels('no_picture'));
}

/** What a client is told of a picture that got no answer. */
export function droppedError({ reason, detail }: Extract<FrameResult, { kind: 'dropped' }>): CodedError {
  switch (reason) {
    case 'undecodable':
      return new CodedError(
        'undecodable',
        aboutModels('picture_unreadable', { why: detail ?? 'unknown reason' }),
      );
    case 'too_costly':
      return new CodedError(
        'frame_too_costly',
        aboutModels('picture_too_costly', { why: detail ?? 'by its headers' }),
      );
    case 'stale':
      return new CodedError('stale', aboutModels('server_overloaded'));
    default:
      return new CodedError('worker_lost', aboutModels('worker_ended'));
  }
}
