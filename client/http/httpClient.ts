import * as v from 'valibot';
import { AccessGrant, AccessLink } from '../../protocol/access.ts';
import { Prediction, ServerTime } from '../../protocol/messages.ts';
import { ModelDetails, ModelList, Verification } from '../../protocol/models.ts';
import { createImportsClient, type ImportsClient } from './importsClient.ts';
import { type CallOptions, createRequester, type HttpOptions, LONG_DEADLINE_MS } from './requester.ts';

export interface PredictOptions extends CallOptions {
  /** Id of the model. Default: the server's choice. */
  model?: string | undefined;
  /** Lowest score of the labels, 0..1. Default: the model's. */
  minScore?: number | undefined;
  /** Maximum number of labels. */
  maxLabels?: number | undefined;
  /** Looks at parts of the picture at a finer scale as well: finds smaller things, in the time of up to 14 pictures. Default false. */
  thorough?: boolean | undefined;
}

/**
 * The HTTP API of a server. Every method rejects with a `ClientError`, or with the reason of its `signal`. The methods that
 * change models, and `imports`, take proof of the right to do so; see docs/access.md.
 */
export interface HttpClient {
  /** The server's address, without a slash at its end. */
  readonly url: string;
  /** Brings new models in. */
  readonly imports: ImportsClient;

  /**
   * The labels of one picture: JPEG, PNG or WebP.
   *
   * @example
   * const { labels } = await http.predict(await openAsBlob('cat.jpg'), { minScore: 0.5 });
   * for (const { label, score, box } of labels) console.log(label, score, box);
   */
  predict(image: Blob | Uint8Array<ArrayBuffer>, options?: PredictOptions): Promise<Prediction>;

  /**
   * The server's clock.
   *
   * @example
   * const { nowMs } = await http.time();
   */
  time(options?: CallOptions): Promise<ServerTime>;

  /**
   * The server's models, the default first, and whether the caller may change them.
   *
   * @example
   * const { models, mayChange } = await http.models();
   */
  models(options?: CallOptions): Promise<ModelList>;

  /**
   * Runs a model's reference images, and says whether its answers agree.
   *
   * @example
   * const { runtimes } = await http.verify('coco-ssd');
   * console.log(runtimes.flatMap(({ problems }) => problems));
   */
  verify(modelId: string, options?: CallOptions): Promise<Verification>;

  /**
   * Makes another version of a model live: the previous one, or the one that is named.
   *
   * @example
   * const { version } = await http.rollBack('coco-ssd');
   */
  rollBack(modelId: string, options?: CallOptions & { version?: string | undefined }): Promise<ModelDetails>;

  /**
   * Removes a model and all its versions.
   *
   * @example
   * await http.remove('birds');
   */
  remove(modelId: string, options?: CallOptions): Promise<void>;

  /**
   * A link that gives one browser the right to change models, once.
   *
   * @example
   * const { fragment } = await http.createLink();
   * console.log(`${http.url}/#${fragment}`);
   */
  createLink(options?: CallOptions): Promise<AccessLink>;

  /**
   * Uses the code of such a link, which is good once.
   *
   * @param options.path the page's path, to which the right is bound. Default `/`
   *
   * @example
   * const { key, expiresAt } = await http.redeem(code);
   */
  redeem(code: string, options?: CallOptions & { path?: string | undefined }): Promise<AccessGrant>;
}

/**
 * A client of the HTTP API.
 *
 * @example
 * import { createHttpClient } from 'livelens-client';
 *
 * const http = createHttpClient({ url: 'https://lens.example', token: 'let-me-in' });
 * const { models } = await http.models();
 */
export function createHttpClient(options: HttpOptions): HttpClient {
  const requester = createRequester(options);
  const { request } = requester;
  const modelPath = (id: string, what = '') => `v1/models/${encodeURIComponent(id)}${what}`;

  return {
    url: requester.url,
    imports: createImportsClient(requester, options.signal),
    predict(image, { model, minScore, maxLabels, thorough, ...call } = {}) {
      const query = Object.entries({
        model,
        minScore,
        maxLabels,
        thorough: thorough ? 1 : undefined,
      }).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
      const path = query.length === 0 ? 'v1/predict' : `v1/predict?${new URLSearchParams(query)}`;
      return request(Prediction, { method: 'POST', path, body: image, ...call });
    },
    time: (call) => request(ServerTime, { method: 'GET', path: 'v1/time', ...call }),
    models: (call) => request(ModelList, { method: 'GET', path: 'v1/models', ...call }),
    verify: (id, call) =>
      request(Verification, { method: 'POST', path: modelPath(id, '/verify'), ...long(call) }),
    rollBack: (id, { version, ...call } = {}) =>
      request(ModelDetails, {
        method: 'POST',
        path: modelPath(id, '/rollback'),
        json: { version },
        ...long(call),
      }),
    remove: (id, call) => request(v.void(), { method: 'DELETE', path: modelPath(id), ...long(call) }),
    createLink: (call) => request(AccessLink, { method: 'POST', path: 'v1/access/links', ...call }),
    redeem: (code, { path, ...call } = {}) =>
      request(AccessGrant, { method: 'POST', path: 'v1/access', json: { code, path }, ...call }),
  };
}

const long = (call: CallOptions = {}) => ({ ...call, deadlineMs: call.deadlineMs ?? LONG_DEADLINE_MS });
