import type * as v from 'valibot';
import { ADMIN_KEY_HEADER } from '../../protocol/access.ts';
import { ClientError } from '../clientError.ts';
import { serverUrl } from '../serverUrl.ts';
import { type Token, tokenReader } from '../tokenReader.ts';
import { errorOf, type HttpAnswer, readAnswer } from './answer.ts';
import { startDeadline } from './deadline.ts';

export interface HttpOptions {
  /** Address of the server, such as `https://lens.example` or `https://example.org/lens`. */
  url: string;
  /** The bearer token that the server may ask for; a function is called for each request, and may return a promise. */
  token?: Token;
  /** The page's half of a browser's right to change models; see docs/access.md. */
  adminKey?: (() => string | undefined) | undefined;
  /** Default: the one of this runtime. */
  fetch?: typeof fetch | undefined;
  /** Sends files, where their progress is wanted. Default: `fetch`, which does not tell any. */
  upload?: Upload | undefined;
  /** How long a quick request may take, ms. Default 20,000. Those that may wait for a model have 15 minutes. */
  deadlineMs?: number | undefined;
  /** Ends all requests when it aborts. */
  signal?: AbortSignal | undefined;
}

/** Sends a file and notifies of its progress, as `XMLHttpRequest` can. Rejects as `fetch` does. */
export type Upload = (
  url: string,
  request: {
    method: string;
    headers: Readonly<Record<string, string>>;
    body: Blob;
    signal: AbortSignal;
    onProgress(sentBytes: number): void;
  },
) => Promise<HttpAnswer>;

/** Options of every request. */
export interface CallOptions {
  /** Ends the request: it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** How long it may take, ms. */
  deadlineMs?: number | undefined;
}

export interface HttpRequest extends CallOptions {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the server's address, without a slash in front: `v1/models`. */
  path: string;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is; the type of a Blob becomes the content type. */
  body?: Blob | Uint8Array<ArrayBuffer> | undefined;
  onProgress?: ((sentBytes: number) => void) | undefined;
  /** What the runtime may keep of the answer. Default: nothing. */
  cache?: RequestInit['cache'] | undefined;
  /** Goes on when the client's `signal` aborts: to clear up. */
  outlivesClient?: boolean;
}

/** Sends requests to one server: address, token, deadline and errors in one place. */
export interface Requester {
  /** The server's address, without a slash at its end. */
  readonly url: string;
  /** What proves who asks. */
  headers(): Promise<Record<string, string>>;
  /** The full address of a path. */
  urlOf(path: string): string;
  /**
   * Sends a request and parses its answer.
   * @throws ClientError: the server's code, `unreachable`, `unexpected_answer`; the signal's reason when aborted
   */
  request<const S extends v.GenericSchema>(schema: S, request: HttpRequest): Promise<v.InferOutput<S>>;
  /**
   * Sends a request and lets `read` take the body of a good answer as it comes; the deadline is for all of it.
   * @throws as `request` does; what `read` throws, also where the body ends early
   */
  receive<T>(request: HttpRequest, read: (answer: Response) => Promise<T>): Promise<T>;
}

const DEADLINE_MS = 20_000;
/** For requests that send a file, or load or run a model: they may wait for others. */
export const LONG_DEADLINE_MS = 900_000;

export function createRequester(options: HttpOptions): Requester {
  const token = tokenReader(options.token);
  const { adminKey = () => undefined, signal: clientSignal } = options;
  const send: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init));
  const urlOf = (path: string) => serverUrl(path, options.url).href;
  const url = urlOf('').replace(/\/+$/, '');

  async function headers(): Promise<Record<string, string>> {
    const bearer = await token();
    const key = adminKey();
    return {
      ...(bearer !== undefined && { Authorization: `Bearer ${bearer}` }),
      ...(key !== undefined && { [ADMIN_KEY_HEADER]: key }),
    };
  }

  async function headersOf({ json, body }: HttpRequest): Promise<Record<string, string>> {
    const type = json === undefined ? typeOf(body) : 'application/json';
    return { ...(await headers()), ...(type !== undefined && { 'Content-Type': type }) };
  }

  async function sendRequest(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { method, path, body, onProgress } = request;
    if (options.upload && onProgress && body instanceof Blob) {
      const all = await headersOf(request);
      return options.upload(urlOf(path), { method, headers: all, body, signal, onProgress });
    }
    return fetchAnswer(request, signal);
  }

  async function fetchAnswer(request: HttpRequest, signal: AbortSignal): Promise<Response> {
    const { method, path, json, body, cache = 'no-store' } = request;
    return send(urlOf(path), {
      method,
      headers: await headersOf(request),
      body: json === undefined ? (body ?? null) : JSON.stringify(json),
      signal,
      cache,
      // A token is for the address that was given, and for no other.
      redirect: 'error',
    });
  }

  const endsOf = ({ signal, outlivesClient }: HttpRequest) => [
    signal,
    outlivesClient ? undefined : clientSignal,
  ];

  /** @param why after the address */
  function unreachable(cause: unknown, why: string): ClientError {
    const message = `No server of Livelens answers at ${url}${why}. Check that it runs, then try again.`;
    return new ClientError('unreachable', message, { cause });
  }

  /** That no answer came. An error of an answer stays as it is. */
  function noAnswer(cause: unknown): never {
    throw cause instanceof ClientError ? cause : unreachable(cause, reasonOf(cause));
  }

  /** Does what a request needs within its time; what it fails with says first of all that it was ended, or took too long. */
  async function inTime<T>(
    request: HttpRequest,
    deadlineMs: number,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const ends = endsOf(request);
    const deadline = startDeadline(deadlineMs, ends);
    try {
      return await work(deadline.signal);
    } catch (cause) {
      for (const end of ends) end?.throwIfAborted();
      throw deadline.isOver ? unreachable(cause, ` within ${deadlineMs / 1000} s`) : cause;
    } finally {
      deadline.clear();
    }
  }

  return {
    url,
    headers,
    urlOf,
    request(schema, request) {
      const { deadlineMs = options.deadlineMs ?? DEADLINE_MS } = request;
      return inTime(request, deadlineMs, async (signal) =>
        sendRequest(request, signal)
          .then((answer) => readAnswer(answer, schema))
          .catch(noAnswer),
      );
    },
    receive(request, read) {
      return inTime(request, request.deadlineMs ?? LONG_DEADLINE_MS, async (signal) => {
        const answer = await fetchAnswer(request, signal).catch(noAnswer);
        if (!answer.ok) throw await errorOf(answer);
        return read(answer);
      });
    },
  };
}

function typeOf(body: HttpRequest['body']): string | undefined {
  if (body === undefined) return undefined;
  return (body instanceof Blob && body.type) || 'application/octet-stream';
}

/** Node keeps the reason, such as "connect ECONNREFUSED 127.0.0.1:3000", in the cause; browsers give none. */
function reasonOf(cause: unknown): string {
  const reason = cause instanceof Error ? cause.cause : undefined;
  return reason instanceof Error && reason.message !== '' ? ` (${reason.message})` : '';
}
