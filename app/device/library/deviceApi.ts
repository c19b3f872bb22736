import { ClientError } from '../../../client/clientError.ts';
import { createHttpClient } from '../../../client/http/httpClient.ts';
import { createRequester } from '../../../client/http/requester.ts';
import type { ModelList } from '../../../protocol/models.ts';
import { DeviceModel } from '../../../vision/deviceModel.ts';
import { serverUrl } from '../../browser/basePath.ts';
import { DeviceError } from '../runtime/deviceSession.ts';
import type { FileJob } from './fetchFile.ts';
import { toDeviceError } from './toDeviceError.ts';

/** A server that takes longer counts as unreachable. */
const DEADLINE_MS = 10_000;

/** What a device asks the server about models. Requests throw DeviceError; the signal's reason when aborted. */
export interface DeviceApi {
  /** @param deadlineMs default 10,000 */
  list(signal: AbortSignal, deadlineMs?: number): Promise<ModelList>;
  /** What the model that serves is made of. */
  deviceModel(id: string, signal: AbortSignal): Promise<DeviceModel>;
  fileUrl(id: string, sha256: string): string;
  headers(): Promise<FileJob['headers']>;
}

/**
 * @param server its address, such as `https://example.org/lens`; undefined: where the page comes from
 * @param token what allows this page to use the server
 */
export function createDeviceApi(server: string | undefined, token: () => string | undefined): DeviceApi {
  const options = { url: serverUrl('', server), token, deadlineMs: DEADLINE_MS };
  const http = createHttpClient(options);
  const { request, urlOf, headers } = createRequester(options);
  const modelPath = (id: string) => `v1/models/${encodeURIComponent(id)}`;

  return {
    list: (signal, deadlineMs) => http.models({ signal, deadlineMs }).catch(rethrow),
    async deviceModel(id, signal) {
      try {
        return await request(DeviceModel, { method: 'GET', path: `${modelPath(id)}/device`, signal }).catch(
          rethrow,
        );
      } catch (error) {
        if (!(error instanceof DeviceError) || error.code !== 'gone') throw error;
        throw new DeviceError('unsupported', 'This server gives no models to devices.', { cause: error });
      }
    },
    fileUrl: (id, sha256) => urlOf(`${modelPath(id)}/files/${sha256}`),
    headers,
  };
}

/** The reason of a signal stays as it is. */
function rethrow(error: unknown): never {
  throw error instanceof ClientError ? toDeviceError(error) : error;
}
