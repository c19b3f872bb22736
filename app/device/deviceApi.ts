import * as v from 'valibot';
import { ModelList } from '../../protocol/models.ts';
import { DeviceModel } from '../../vision/deviceModel.ts';
import { serverUrl } from '../browser/basePath.ts';
import { DeviceError } from './deviceSession.ts';
import type { FileJob } from './fetchFile.ts';
import { refusalOf } from './refusal.ts';

/** A server that says nothing for so long is away. */
const ANSWER_MS = 10_000;

/** What a device asks the server about models. Requests throw DeviceError; the signal's reason when aborted. */
export interface DeviceApi {
  list(signal: AbortSignal): Promise<ModelList>;
  /** What the model that serves is made of. */
  deviceModel(id: string, signal: AbortSignal): Promise<DeviceModel>;
  fileUrl(id: string, sha256: string): string;
  headers(): FileJob['headers'];
}

/**
 * @param server its address, such as `https://example.org/lens`; undefined: where the page comes from
 * @param token what allows this page to use the server
 */
export function createDeviceApi(server: string | undefined, token: () => string | undefined): DeviceApi {
  const headers = (): Record<string, string> => {
    const given = token();
    return given === undefined ? {} : { Authorization: `Bearer ${given}` };
  };
  const modelUrl = (id: string) => serverUrl(`v1/models/${encodeURIComponent(id)}`, server);

  async function get<const S extends v.GenericSchema>(
    url: string,
    schema: S,
    signal: AbortSignal,
  ): Promise<v.InferOutput<S>> {
    const attempt = new AbortController();
    const end = () => attempt.abort(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    const timer = setTimeout(() => attempt.abort(), ANSWER_MS);
    let body: unknown;
    try {
      const response = await fetch(url, { headers: headers(), cache: 'no-store', signal: attempt.signal });
      if (!response.ok) throw await refusalOf(response);
      body = await response.json();
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof DeviceError) throw cause;
      throw new DeviceError('unreachable', 'The server did not answer.', { cause });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
    const parsed = v.safeParse(schema, body);
    if (parsed.success) return parsed.output;
    const where = v.getDotPath(parsed.issues[0]) ?? '';
    const what =
      'This page cannot read what the server says of the model; it may be older than the server. ' +
      `Load the page again. (${where}: ${parsed.issues[0].message})`;
    throw new DeviceError('failed', what);
  }

  return {
    list: (signal) => get(serverUrl('v1/models', server), ModelList, signal),
    async deviceModel(id, signal) {
      try {
        return await get(`${modelUrl(id)}/device`, DeviceModel, signal);
      } catch (error) {
        if (!(error instanceof DeviceError) || error.code !== 'gone') throw error;
        throw new DeviceError('unsupported', 'This server gives no models to devices.', { cause: error });
      }
    },
    fileUrl: (id, sha256) => `${modelUrl(id)}/files/${sha256}`,
    headers,
  };
}
