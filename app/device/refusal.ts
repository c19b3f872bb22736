import * as v from 'valibot';
import { ErrorBody } from '../../protocol/messages.ts';
import { DeviceError, type DeviceErrorCode } from './deviceSession.ts';

/** What a server's answer that is none means for this device. */
export async function refusalOf(response: Response): Promise<DeviceError> {
  const body: unknown = await response.json().catch(() => undefined);
  const parsed = v.safeParse(ErrorBody, body);
  const { status } = response;
  const { code, message: told } = parsed.success ? parsed.output.error : {};
  const message = told ?? `The server answered with status ${status}.`;
  return new DeviceError(codeOf(status, code), message);
}

function codeOf(status: number, code: string | undefined): DeviceErrorCode {
  if (status === 401) return 'unauthorized';
  // Another 404 says nothing of the model: one file is not there any more, or the server is too old to give any.
  if (status === 404) return code === 'unknown_model' ? 'no_model' : 'gone';
  // It is there, but not now.
  if (status === 429 || status >= 500) return 'unreachable';
  return 'failed';
}
