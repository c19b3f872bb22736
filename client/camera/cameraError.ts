import { SourceError } from '../../app/capture/sourceProblem.ts';
import { messageOf } from '../../protocol/errors.ts';
import { type CameraErrorCode, ClientError } from '../clientError.ts';

/** What each says, for a reader. */
const MESSAGES: Readonly<Record<CameraErrorCode, string>> = {
  camera_denied:
    'The camera is not allowed. Allow it for this page in the browser, and in the settings of the system.',
  camera_missing: 'There is no camera. Plug one in, and start again.',
  camera_busy: 'Another app uses the camera. Close it, and start again.',
  camera_withheld:
    'The browser gives this page no camera. It must be opened over https:, or as localhost, and a page around it must allow the camera.',
  camera_lost: 'The camera was unplugged or taken away. Start again.',
  camera_failed: 'The camera cannot be opened.',
};

/** @param cause in the message too, where the code says little */
export function cameraError(code: CameraErrorCode, cause?: unknown): ClientError {
  const why = code === 'camera_failed' && cause instanceof Error ? ` ${messageOf(cause)}` : '';
  return new ClientError(code, MESSAGES[code] + why, { cause });
}

/** Whatever opening a camera throws. */
export function toCameraError(error: unknown): ClientError {
  if (!(error instanceof SourceError)) return cameraError('camera_failed', error);
  switch (error.problem.kind) {
    case 'denied':
    case 'cancelled':
      return cameraError('camera_denied', error);
    case 'no-camera':
      return cameraError('camera_missing', error);
    case 'camera-busy':
      return cameraError('camera_busy', error);
    case 'withheld':
      return cameraError('camera_withheld', error);
    case 'failed':
      return cameraError('camera_failed', new Error(error.problem.message, { cause: error }));
    default:
      return error.problem satisfies never;
  }
}
