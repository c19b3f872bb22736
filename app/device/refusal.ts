import * as v from 'valibot';
import { ErrorBody } from '../../protocol/messages.ts';
import { DeviceError, type DeviceErrorCode } from './deviceSession.ts';

/** What a server's answer that is none means for this device. */
export async function refusalOf(response: Response): Promise<DeviceError> {
  const body: unknown = await response.json().catch(() => undefined);
  const parsed = v.safeParse(ErrorBody, body);
  const { status } = response;
  const message = parsed.success ? parsed.output.error.message : `The server answered with status ${status}.`;
  return new DeviceError(codeOf(status), message);
}

function codeOf(status: number): DeviceErrorCode {
  if (status === 401) return 'unauthorized';
  if (status === 404) return 'no_model';
  // It is there, but not now.
  if (status === 429 || status >= 500) return 'unreachable';
  return 'failed';
}
