import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as v from 'valibot';
import { freePort } from '../harness/freePort.ts';

/** What we use of https://www.w3.org/TR/webdriver2/, which is little: a library of it would be larger than this. */
export interface WebDriver {
  /** @throws DOMException `TimeoutError` if there is none by then; the driver can only be closed */
  newSession(capabilities: object, withinMs: number): Promise<WebDriverSession>;
  /** Ends the driver, and with it all its browsers. Idempotent. */
  close(): Promise<void>;
}

/** A browser that a driver has started. */
export interface WebDriverSession {
  /** One command. @throws Error with what the driver says */
  call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown>;
  /** Runs a self-contained function in the page. */
  execute<Result, Given>(work: (given: Given) => Result | Promise<Result>, given: Given): Promise<Result>;
  /** The id of the first element that fits, as soon as there is one. */
  find(using: string, value: string): Promise<string>;
  /** Of all windows. */
  handles(): Promise<string[]>;
  /** Ends the browser. Idempotent. */
  close(): Promise<void>;
}

/** How long `find` waits for an element. */
const FIND_MS = 20_000;
const START_MS = 30_000;
const RETRY_MS = 50;

/** Starts a driver on a free port. */
export async function openWebDriver(file: string, env: NodeJS.ProcessEnv): Promise<WebDriver> {
  const port = await freePort();
  const child = spawn(file, [`--port=${port}`], { env, stdio: 'ignore' });
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  await untilReady(`${url}/status`).catch((error: unknown) => {
    child.kill();
    throw error;
  });
  return {
    async newSession(capabilities, withinMs) {
      const alwaysMatch = { timeouts: { implicit: FIND_MS }, ...capabilities };
      const signal = AbortSignal.timeout(withinMs);
      const granted = await send('POST', `${url}/session`, { capabilities: { alwaysMatch } }, signal);
      return sessionOf(`${url}/session/${v.parse(SESSION, granted).sessionId}`);
    },
    async close() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await exited;
    },
  };
}

function sessionOf(url: string): WebDriverSession {
  let closed: Promise<unknown> | undefined;
  const call: WebDriverSession['call'] = (method, path, body) => send(method, url + path, body);
  return {
    call,
    async execute<Result, Given>(work: (given: Given) => Result | Promise<Result>, given: Given) {
      const script = `return (${work})(...arguments)`;
      return (await call('POST', '/execute/sync', { script, args: [given] })) as Result;
    },
    async find(using, value) {
      const [id = ''] = Object.values(v.parse(ELEMENT, await call('POST', '/element', { using, value })));
      return id;
    },
    handles: async () => v.parse(v.array(v.string()), await call('GET', '/window/handles')),
    async close() {
      closed ??= call('DELETE', '');
      await closed;
    },
  };
}

const SESSION = v.object({ sessionId: v.string() });
const ELEMENT = v.record(v.string(), v.string());
const ANSWER = v.object({ value: v.unknown() });
const FAULT = v.object({ value: v.object({ error: v.string(), message: v.string() }) });

async function send(method: string, url: string, body?: object, signal?: AbortSignal): Promise<unknown> {
  const response = await fetch(url, {
    method,
    ...(body && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  const answer: unknown = await response.json();
  if (response.ok) return v.parse(ANSWER, answer).value;
  const { error, message } = v.parse(FAULT, answer).value;
  throw new Error(`${error}: ${message}`);
}

/** The driver does not say when it listens. */
async function untilReady(url: string): Promise<void> {
  const deadline = AbortSignal.timeout(START_MS);
  for (;;) {
    try {
      await fetch(url, { signal: deadline });
      return;
    } catch (error) {
      if (deadline.aborted) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
