import type { ClientError } from '../../../client/clientError.ts';
import { DeviceError, type DeviceErrorCode } from '../runtime/deviceSession.ts';

/** What an error of the server means for this device. */
export function toDeviceError(error: ClientError): DeviceError {
  const code = codeOf(error);
  const message =
    code === 'failed' && error.code === 'unexpected_answer' && error.status === 200
      ? 'This page cannot read what the server says of the model; it may be older than the server. ' +
        `Load the page again. (${error.message})`
      : error.message;
  return new DeviceError(code, message, { cause: error });
}

function codeOf({ code, status = 0, cause }: ClientError): DeviceErrorCode {
  // No JSON: a network that asks for a login answers for the server.
  if (code === 'unreachable' || cause instanceof SyntaxError) return 'unreachable';
  if (status === 401) return 'unauthorized';
  // Another 404 says nothing of the model: a file is not there any more, or the server is too old to give any.
  if (status === 404) return code === 'unknown_model' ? 'no_model' : 'gone';
  // It is there, but not now.
  return status === 429 || status >= 500 ? 'unreachable' : 'failed';
}
