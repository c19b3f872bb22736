import * as v from 'valibot';
import { type ImportOptions, ImportState } from '../../protocol/models.ts';
import { type CallOptions, type HttpRequest, LONG_DEADLINE_MS, type Requester } from './requester.ts';
import { sleep } from './sleep.ts';

const POLL_MS = 200;

export interface UploadOptions extends CallOptions {
  /** Name of the file, such as `birds.onnx`. */
  name: string;
  /** Called with the number of bytes sent, where the client has an `upload` option. */
  onProgress?: ((sentBytes: number) => void) | undefined;
}

/**
 * Brings new models in. An import is received and checked; then it waits for your yes (`accept`), for which its report says
 * what was found and what was assumed. Every method rejects with a `ClientError`, or with the reason of its `signal`.
 */
export interface ImportsClient {
  /**
   * Starts an import with a file: an ONNX file, or a zip of a TensorFlow.js model.
   *
   * @example
   * const sent = await http.imports.upload(await openAsBlob('birds.onnx'), { name: 'birds.onnx' });
   * const { report } = await http.imports.settled(sent);
   */
  upload(file: Blob, options: UploadOptions): Promise<ImportState>;

  /**
   * Starts an import that the server downloads: from an https address, or `hf:owner/name`.
   *
   * @example
   * const started = await http.imports.fetchFrom('hf:owner/birds', { options: { name: 'Birds' } });
   */
  fetchFrom(
    source: string,
    options?: CallOptions & { options?: ImportOptions | undefined },
  ): Promise<ImportState>;

  /**
   * Makes an int8 version of a model's live version. It goes on as an import, with `quantized` for a report.
   *
   * @example
   * const { quantized } = await http.imports.settled(await http.imports.quantize('coco-ssd'));
   */
  quantize(modelId: string, options?: CallOptions): Promise<ImportState>;

  /**
   * Makes a version of a model with a text tower that looks for these words, and makes it live. It goes on as an import
   * that needs no yes.
   *
   * @example
   * const { phase } = await http.imports.settled(await http.imports.words('clip', ['a cat', 'a mug']));
   */
  words(modelId: string, words: readonly string[], options?: CallOptions): Promise<ImportState>;

  /**
   * The state of an import.
   *
   * @example
   * const { phase, report } = await http.imports.state(id);
   */
  state(importId: string, options?: CallOptions): Promise<ImportState>;

  /**
   * Waits until an import asks for something, or has come to its end.
   *
   * @param options.onChange called with each state, the first included
   *
   * @example
   * const { phase, error } = await http.imports.settled(started, {
   *   onChange: ({ message }) => console.log(message),
   * });
   */
  settled(
    state: ImportState,
    options?: CallOptions & { onChange?: ((state: ImportState) => void) | undefined },
  ): Promise<ImportState>;

  /**
   * Says more about the model; it is checked again.
   *
   * @example
   * await http.imports.setOptions(id, { channels: 'BGR' });
   */
  setOptions(importId: string, importOptions: ImportOptions, options?: CallOptions): Promise<ImportState>;

  /**
   * The yes: the model goes live once it has passed its trial.
   *
   * @param options.as the model's id, where another model has the one of the report
   *
   * @example
   * const { phase } = await http.imports.settled(await http.imports.accept(id));
   * console.log(phase === 'live');
   */
  accept(importId: string, options?: CallOptions & { as?: string | undefined }): Promise<ImportState>;

  /**
   * The no, or the end of an import that is done. It is sent even when the client's `signal` has aborted.
   *
   * @example
   * await http.imports.discard(id);
   */
  discard(importId: string, options?: CallOptions): Promise<void>;
}

export function createImportsClient(
  { request }: Requester,
  clientSignal: AbortSignal | undefined,
): ImportsClient {
  const path = 'v1/models/imports';
  const post = (at: string, rest: Omit<HttpRequest, 'method' | 'path'>) =>
    request(ImportState, { method: 'POST', path: at, ...rest });
  const pathOf = (id: string, what = '') => `${path}/${encodeURIComponent(id)}${what}`;
  const state = (id: string, call?: CallOptions) =>
    request(ImportState, { method: 'GET', path: pathOf(id), ...call });

  return {
    upload: (file, { name, onProgress, deadlineMs = LONG_DEADLINE_MS, ...call }) =>
      post(`${path}?${new URLSearchParams({ name })}`, { body: file, onProgress, deadlineMs, ...call }),
    fetchFrom: (source, { options, ...call } = {}) => post(path, { json: { source, options }, ...call }),
    quantize: (modelId, call) => post(`v1/models/${encodeURIComponent(modelId)}/quantize`, call ?? {}),
    words: (modelId, words, call) =>
      post(`v1/models/${encodeURIComponent(modelId)}/words`, { json: { words }, ...call }),
    state,
    async settled(from, { onChange, ...call } = {}) {
      for (let at = from; ; at = await state(from.id, call)) {
        onChange?.(at);
        if (at.phase !== 'receiving' && at.phase !== 'looking' && at.phase !== 'trial') return at;
        await sleep(POLL_MS, [call.signal, clientSignal]);
      }
    },
    setOptions: (id, options, call) => post(pathOf(id, '/options'), { json: options, ...call }),
    accept: (id, { as, ...call } = {}) => post(pathOf(id, '/accept'), { json: { id: as }, ...call }),
    discard: (id, call) =>
      request(v.void(), { method: 'DELETE', path: pathOf(id), outlivesClient: true, ...call }),
  };
}
