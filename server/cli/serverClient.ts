import { openAsBlob } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import * as v from 'valibot';
import { AccessLink } from '../../protocol/access.ts';
import { ErrorBody } from '../../protocol/messages.ts';
import {
  type ImportOptions,
  ImportState,
  ModelDetails,
  ModelList,
  Verification,
} from '../../protocol/models.ts';

/** The API for models of a server that runs (protocol/models.ts, protocol/access.ts). All throw Error with what the server says. */
export interface ServerClient {
  readonly url: string;
  /** Where a browser opens its page. */
  readonly pageUrl: string;
  list(): Promise<ModelList>;
  upload(file: string, name: string): Promise<ImportState>;
  fetchFrom(source: string, options: ImportOptions): Promise<ImportState>;
  look(id: string, options: ImportOptions): Promise<ImportState>;
  accept(id: string, as: string | undefined): Promise<ImportState>;
  drop(id: string): Promise<void>;
  /** Follows an import until it asks or has come to its end. */
  settled(state: ImportState, onChange: (state: ImportState) => void): Promise<ImportState>;
  verify(id: string): Promise<Verification>;
  rollback(id: string, version: string | undefined): Promise<ModelDetails>;
  remove(id: string): Promise<void>;
  /** A new link that gives one browser the right to change models. */
  mintLink(): Promise<AccessLink>;
}

/** The server said no; the message is what it said. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError';
  constructor(
    message: string,
    /** Of protocol/errors.ts, as far as this version knows it. */
    readonly code: string | undefined,
  ) {
    super(message);
  }
}

/** Nothing came back. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  /** Nothing listens there; else something does, and is too busy, or is no server of Livelens. */
  get isRefused(): boolean {
    const { cause } = this;
    const reason = cause instanceof Error ? cause.cause : undefined;
    return reason instanceof Error && 'code' in reason && reason.code === 'ECONNREFUSED';
  }
}

const POLL_MS = 200;
const ANSWER_MS = 20_000;
/** A look may wait for others, and a verification takes as long as the model. */
const LONG_MS = 900_000;

export function createServerClient(
  address: string,
  /** `bearer` is asked for each request: a proof is good for a minute only. `pageUrl` is `address` where it is not set. */
  options: { bearer: () => string | undefined; signal: AbortSignal; pageUrl?: string },
): ServerClient {
  const { bearer, signal } = options;
  const url = address.replace(/\/+$/, '');

  async function call<Schema extends v.GenericSchema>(
    method: string,
    path: string,
    schema: Schema,
    {
      body,
      timeoutMs = ANSWER_MS,
      stop = signal,
    }: { body?: BodyInit; timeoutMs?: number; stop?: AbortSignal } = {},
  ): Promise<v.InferOutput<Schema>> {
    const proof = bearer();
    let response: Response;
    try {
      response = await fetch(`${url}/v1${path}`, {
        method,
        ...(body !== undefined && { body }),
        headers: proof === undefined ? {} : { Authorization: `Bearer ${proof}` },
        signal: AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]),
        // A token is for the address that was given, and no other.
        redirect: 'error',
      });
    } catch (cause) {
      stop.throwIfAborted();
      const why = cause instanceof Error && cause.cause instanceof Error ? `: ${cause.cause.message}` : '';
      throw new NoAnswerError(`No server of Livelens answers at ${url}${why}. Is it running?`, { cause });
    }
    const text = await response.text();
    const json = v.safeParse(v.pipe(v.string(), v.parseJson()), text);
    if (!response.ok) {
      const failure = v.safeParse(ErrorBody, json.output);
      const { message, code } = failure.success
        ? failure.output.error
        : { message: `${url} answers ${response.status}.`, code: undefined };
      throw new RefusalError(message, code);
    }
    const parsed = v.safeParse(schema, json.success ? json.output : undefined);
    if (parsed.success) return parsed.output;
    throw new Error(`${url} does not answer as a server of Livelens does. Is the address right?`);
  }

  const state = (id: string) => call('GET', `/models/imports/${id}`, ImportState);
  return {
    url,
    pageUrl: options.pageUrl ?? url,
    list: () => call('GET', '/models', ModelList),
    upload: async (file, name) =>
      call('POST', `/models/imports?name=${encodeURIComponent(name)}`, ImportState, {
        body: await openAsBlob(file),
        timeoutMs: LONG_MS,
      }),
    fetchFrom: (source, options) =>
      call('POST', '/models/imports', ImportState, { body: JSON.stringify({ source, options }) }),
    look: (id, options) =>
      call('POST', `/models/imports/${id}/options`, ImportState, { body: JSON.stringify(options) }),
    accept: (id, as) =>
      call('POST', `/models/imports/${id}/accept`, ImportState, { body: JSON.stringify({ id: as }) }),
    async drop(id) {
      // It clears up after an interruption, too.
      await call('DELETE', `/models/imports/${id}`, v.unknown(), { stop: new AbortController().signal });
    },
    async settled(from, onChange) {
      for (let at = from; ; at = await state(from.id)) {
        onChange(at);
        if (!['receiving', 'looking', 'trial'].includes(at.phase)) return at;
        await sleep(POLL_MS, undefined, { signal });
      }
    },
    verify: (id) =>
      call('POST', `/models/${encodeURIComponent(id)}/verify`, Verification, { timeoutMs: LONG_MS }),
    rollback: (id, version) =>
      call('POST', `/models/${encodeURIComponent(id)}/rollback`, ModelDetails, {
        body: JSON.stringify({ version }),
        timeoutMs: LONG_MS,
      }),
    async remove(id) {
      await call('DELETE', `/models/${encodeURIComponent(id)}`, v.unknown(), { timeoutMs: LONG_MS });
    },
    mintLink: () => call('POST', '/access/links', AccessLink),
  };
}
