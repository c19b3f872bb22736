import * as v from 'valibot';
import { AccessGrant, ADMIN_KEY_HEADER } from '../../protocol/access.ts';
import { ErrorBody } from '../../protocol/messages.ts';
import {
  type ImportOptions,
  ImportState,
  ModelDetails,
  ModelList,
  Verification,
} from '../../protocol/models.ts';
import { basePath, serverUrl } from '../browser/basePath.ts';

/** Why a request about models came to nothing; the message says what happened and what to do. */
export class ModelsError extends Error {
  override readonly name = 'ModelsError';
  constructor(
    /** A code of protocol/errors.ts, or `unreachable`. */
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A body that is sent, and how much of it has been. */
interface Upload {
  file: Blob;
  onProgress(sentBytes: number): void;
  signal: AbortSignal;
}

/** Requests about models (protocol/models.ts). Each throws ModelsError; one that was aborted, `aborted`. */
export interface ModelsApi {
  list(): Promise<ModelList>;
  /** Sends a model's file. */
  upload(name: string, upload: Upload): Promise<ImportState>;
  /** Lets the server fetch a model: an https address, or `hf:owner/name`. */
  fetchFrom(source: string): Promise<ImportState>;
  importState(id: string): Promise<ImportState>;
  setOptions(id: string, options: ImportOptions): Promise<ImportState>;
  /** @param as the model's id, where the report asks for it */
  accept(id: string, as: string | undefined): Promise<ImportState>;
  discard(id: string): Promise<void>;
  verify(modelId: string): Promise<Verification>;
  /** Makes another version live: the one before, or the one that is named. */
  rollBack(modelId: string, version: string | undefined): Promise<ModelDetails>;
  remove(modelId: string): Promise<void>;
  /** Uses the code of a link: this browser may change models then. */
  redeem(code: string): Promise<AccessGrant>;
}

/**
 * @param token what allows this page to use the server, or to change its models
 * @param adminKey the page's half of this browser's right to change models
 */
export function createModelsApi(
  token: () => string | undefined,
  adminKey: () => string | undefined,
): ModelsApi {
  const authorization = (): Record<string, string> => {
    const given = token();
    const key = adminKey();
    return {
      ...(given !== undefined && { Authorization: `Bearer ${given}` }),
      ...(key !== undefined && { [ADMIN_KEY_HEADER]: key }),
    };
  };

  async function call<const S extends v.GenericSchema>(
    method: string,
    path: string,
    schema: S,
    json?: unknown,
  ): Promise<v.InferOutput<S>> {
    let status: number;
    let text: string;
    try {
      const response = await fetch(serverUrl(path), {
        method,
        cache: 'no-store',
        headers: {
          ...authorization(),
          ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        body: json === undefined ? null : JSON.stringify(json),
      });
      status = response.status;
      text = await response.text();
    } catch (cause) {
      throw unreachable(cause);
    }
    return read(status, text, schema);
  }

  function upload(name: string, { file, onProgress, signal }: Upload): Promise<ImportState> {
    return new Promise((resolve, reject) => {
      // Not fetch: it does not tell how much has been sent.
      const request = new XMLHttpRequest();
      request.open('POST', serverUrl(`${IMPORTS}?${new URLSearchParams({ name })}`));
      for (const [header, value] of Object.entries(authorization())) request.setRequestHeader(header, value);
      request.setRequestHeader('Content-Type', 'application/octet-stream');
      request.upload.onprogress = (event) => onProgress(event.loaded);
      request.onload = () => {
        try {
          resolve(read(request.status, request.responseText, ImportState));
        } catch (error) {
          reject(error);
        }
      };
      request.onerror = () => reject(unreachable(undefined));
      request.onabort = () => reject(new ModelsError('aborted', 'The upload was cancelled.'));
      signal.addEventListener('abort', () => request.abort(), { once: true });
      request.send(file);
    });
  }

  return {
    upload,
    list: () => call('GET', MODELS, ModelList),
    fetchFrom: (source) => call('POST', IMPORTS, ImportState, { source }),
    importState: (id) => call('GET', below(IMPORTS, id), ImportState),
    setOptions: (id, options) => call('POST', below(IMPORTS, id, 'options'), ImportState, options),
    accept: (id, as) => call('POST', below(IMPORTS, id, 'accept'), ImportState, { id: as }),
    discard: (id) => call('DELETE', below(IMPORTS, id), v.void()),
    verify: (modelId) => call('POST', below(MODELS, modelId, 'verify'), Verification),
    rollBack: (modelId, version) =>
      call('POST', below(MODELS, modelId, 'rollback'), ModelDetails, { version }),
    remove: (modelId) => call('DELETE', below(MODELS, modelId), v.void()),
    redeem: (code) => call('POST', ACCESS, AccessGrant, { code, path: basePath() }),
  };
}

const ACCESS = 'v1/access';
const MODELS = 'v1/models';
const IMPORTS = 'v1/models/imports';
const below = (...parts: string[]) =>
  parts.map((part, index) => (index === 0 ? part : encodeURIComponent(part))).join('/');

const unreachable = (cause: unknown) =>
  new ModelsError('unreachable', 'The server did not answer. Check that it runs, then try again.', { cause });

function read<const S extends v.GenericSchema>(status: number, text: string, schema: S): v.InferOutput<S> {
  let body: unknown;
  try {
    body = text === '' || (status < 300 && schema.type === 'void') ? undefined : JSON.parse(text);
  } catch {
    throw new ModelsError('internal', `The server's answer (status ${status}) was not understood.`);
  }
  if (status >= 300) {
    const refusal = v.safeParse(ErrorBody, body);
    if (!refusal.success) throw new ModelsError('internal', `The server answered with status ${status}.`);
    throw new ModelsError(refusal.output.error.code, refusal.output.error.message);
  }
  const parsed = v.safeParse(schema, body);
  if (parsed.success) return parsed.output;
  const where = v.getDotPath(parsed.issues[0]) ?? '';
  throw new ModelsError(
    'internal',
    `The server's answer was not understood: ${where} ${parsed.issues[0].message}`,
  );
}
