import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { httpServer } from '../../../server/testing/httpServer.ts';
import type { SingleGraphModel } from '../../../server/testing/singleGraphModel.ts';
import { type DeviceModel, deviceGraphsOf } from '../../../vision/deviceModel.ts';
import { modelInfo } from '../../../vision/modelInfo.ts';
import type { Certificate } from '../runtime/certificate.ts';
import { DeviceError, type DeviceSession } from '../runtime/deviceSession.ts';
import type { DeviceConditions, DeviceConditionsWatch } from './deviceConditions.ts';

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Bytes of a size, different for each seed. */
export function bytesOfSeed(seed: string, size: number): Uint8Array<ArrayBuffer> {
  const block = createHash('sha512').update(seed).digest();
  return Uint8Array.from({ length: size }, (_, i) => (block[i % block.length] ?? 0) ^ (i >> 8));
}

/** A version of a model with its files, as a server would give it to devices. */
export interface GivenModel {
  readonly model: SingleGraphModel;
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

export function givenModel(id: string, version: string, graphBytes = 3_000): GivenModel {
  const graph = bytesOfSeed(`${id} ${version}`, graphBytes);
  // Goldens stay the same from version to version.
  const image = bytesOfSeed(`${id} golden`, 500);
  const model: SingleGraphModel = {
    manifest: {
      schema: 1,
      id,
      name: `Model ${id}`,
      description: '',
      task: 'image-classification',
      graph: { file: 'model.onnx', sha256: hashOf(graph) },
      labels: 'labels.txt',
      input: { name: 'image', width: 8, height: 8, fit: 'stretch' },
      minScore: { floor: 0, default: 0.5 },
      goldens: [{ image: 'one.png', expected: 'one.json' }],
      license: { spdx: 'MIT' },
      provenance: { source: 'a test' },
    },
    version,
    labels: ['one', 'two'],
    graph: { sha256: hashOf(graph), bytes: graph.length },
    goldens: [
      {
        image: { sha256: hashOf(image), bytes: image.length },
        expected: { recordedBy: 'a test', scores: [0.25, 0.75] },
      },
    ],
  };
  return {
    model,
    files: new Map([
      [hashOf(graph), graph],
      [hashOf(image), image],
    ]),
  };
}

/** A real server whose links fail as a test sets. */
export interface FaultyServer {
  readonly url: string;
  /** The models that it serves, the first first. */
  models: readonly GivenModel[];
  /** Requests for files, as `START SHA256`; in the order in which they came. */
  readonly asked: string[];
  /** Each request for a file is answered by it; default: whole, from where it was asked for. */
  answerFile: (response: ServerResponse, rest: Uint8Array, start: number) => void;
  /** The server's token; undefined: none is needed. */
  token: string | undefined;
  /** Whether it knows nothing of devices. */
  isOld: boolean;
  /** What it waits for before it says which models it has. */
  beforeList: Promise<void>;
}

export async function faultyServer(
  t: { after(close: () => Promise<void>): void },
  ...models: GivenModel[]
): Promise<FaultyServer> {
  const { url } = await httpServer(t, async (request, response) => {
    const json = (status: number, body: unknown) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    if (server.token !== undefined && request.headers.authorization !== `Bearer ${server.token}`) {
      json(401, { error: { code: 'unauthorized', message: 'A token is needed.' } });
      return;
    }
    const [, id, what, sha256] =
      /^\/v1\/models\/([^/]+)\/(device|files)(?:\/(.+))?$/.exec(request.url ?? '') ?? [];
    if (id === undefined) {
      await server.beforeList;
      json(200, { models: server.models.map(detailsOf), mayChange: false });
      return;
    }
    const given = server.models.find(({ model }) => model.manifest.id === id);
    if (server.isOld) {
      response.writeHead(404).end('Not found');
      return;
    }
    if (given && what === 'device') {
      json(200, given.model);
      return;
    }
    const content = given?.files.get(sha256 ?? '');
    if (content === undefined) {
      const error = given
        ? { code: 'not_found', message: `The model "${id}" has no such file.` }
        : { code: 'unknown_model', message: `There is no model "${id}".` };
      json(404, { error });
      return;
    }
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    server.asked.push(`${start} ${sha256}`);
    server.answerFile(response, content.subarray(start), start);
  });
  const server: FaultyServer = {
    url,
    models,
    asked: [],
    answerFile: answerWhole,
    token: undefined,
    isOld: false,
    beforeList: Promise.resolve(),
  };
  return server;
}

export function answerWhole(response: ServerResponse, rest: Uint8Array, start: number): void {
  response.writeHead(start === 0 ? 200 : 206, { 'Content-Length': rest.length }).end(rest);
}

/** Sends some bytes of it, then breaks the connection. */
export function answerCut(response: ServerResponse, rest: Uint8Array, start: number, bytes: number): void {
  response.writeHead(start === 0 ? 200 : 206, { 'Content-Length': rest.length });
  response.write(rest.subarray(0, bytes), () => response.destroy());
}

const detailsOf = ({ model }: GivenModel) => ({
  ...modelInfo(model),
  state: 'live',
  graphBytes: Object.values(deviceGraphsOf(model)).reduce((sum, { bytes }) => sum + bytes, 0),
  license: 'MIT',
  source: 'a test',
  goldens: { count: 1 },
  versions: [],
});

/** Stands for the workers: loads all files of a model; its goldens agree unless the version is among those that do not. */
export class StandInSessions {
  readonly differing = new Set<string>();
  /** Those that were opened, the newest last. */
  readonly opened: StandInSession[] = [];
  /** Whether the one that was opened last may fetch something large. */
  mayFetch = (): boolean => false;
  /** Whether a person waited for the one that was opened last. */
  isUrgent = false;
  /** What the next one fails with. */
  failure: DeviceError | undefined;
  /** What the next ones wait for before they open. */
  before: Promise<void> = Promise.resolve();

  readonly open = async ({
    model,
    files,
    signal,
    mayFetch,
    isUrgent,
  }: {
    model: DeviceModel;
    files: { load(sha256: string): Promise<ArrayBuffer> };
    signal: AbortSignal;
    mayFetch(): boolean;
    isUrgent: boolean;
  }): Promise<DeviceSession> => {
    this.mayFetch = mayFetch;
    this.isUrgent = isUrgent;
    for (const { sha256 } of [
      ...Object.values(deviceGraphsOf(model)),
      ...model.goldens.map(({ image }) => image),
    ]) {
      const found = hashOf(new Uint8Array(await files.load(sha256)));
      if (found !== sha256) throw new Error(`${found} was loaded as ${sha256}.`);
    }
    await this.before;
    signal.throwIfAborted();
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;
    const session = new StandInSession(model, !this.differing.has(model.version));
    this.opened.push(session);
    return session;
  };
}

export class StandInSession implements DeviceSession {
  readonly info: DeviceSession['info'];
  readonly provider: DeviceSession['provider'] = {
    provider: 'wasm',
    threads: 1,
    runtime: 'a stand-in',
    inferMs: 1,
    why: 'a test',
    race: [],
  };
  certificate: Certificate;
  isClosed = false;
  /** Whether its worker is dead, with no one notified. */
  isGone = false;
  /** Ends the pending run. */
  endRun: (() => void) | undefined;
  #onRenewed: () => void = () => {};
  #onLost: ((why: DeviceError) => void) | undefined;

  constructor(
    readonly model: DeviceModel,
    passes: boolean,
  ) {
    this.info = modelInfo(model);
    this.certificate = {
      model: model.manifest.id,
      version: model.version,
      passes,
      pending: 0,
      deviceRuntime: 'a stand-in',
      serverRuntime: undefined,
      recordedBy: 'a test',
      withRecord: {
        goldens: 1,
        sameTop: passes ? 1 : 0,
        largestDifference: passes ? 0 : 0.5,
        problems: passes ? [] : ['one.png: "one" expected, got "two".'],
      },
      withServer: undefined,
      provenAtMs: 0,
    };
  }

  get busy(): boolean {
    return this.endRun !== undefined;
  }

  run(): ReturnType<DeviceSession['run']> {
    if (this.isGone) return Promise.reject(new DeviceError('failed', 'The worker is gone.'));
    return new Promise((resolve) => {
      this.endRun = () => {
        this.endRun = undefined;
        resolve({
          changed: true,
          answer: { task: 'image-classification', names: [] },
          seen: [0, 0, 1, 1],
          drawMs: 0,
          inferMs: 0,
        });
      };
    });
  }

  onRenewed(listener: () => void): () => void {
    this.#onRenewed = listener;
    return () => {};
  }

  /** As when a golden that runs after the first frames does not agree. */
  disprove(): void {
    this.certificate = new StandInSession(this.model, false).certificate;
    this.#onRenewed();
  }

  onLost(listener: (why: DeviceError) => void): () => void {
    this.#onLost = listener;
    return () => {
      this.#onLost = undefined;
    };
  }

  close(): void {
    this.isClosed = true;
  }

  /** As when the system kills the worker. */
  die(): void {
    this.#onLost?.(new DeviceError('failed', 'The worker has died.'));
  }
}

/** Device conditions that a test sets. */
export class StandInConditions implements DeviceConditionsWatch {
  #now: DeviceConditions = { saveData: false, unmetered: undefined, charging: undefined, idle: false };
  readonly #listeners = new Set<() => void>();

  read(): DeviceConditions {
    return this.#now;
  }

  change(change: Partial<DeviceConditions>): void {
    this.#now = { ...this.#now, ...change };
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#listeners.clear();
  }
}
