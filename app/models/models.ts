import { ClientError } from '../../client/clientError.ts';
import { createHttpClient, type HttpClient } from '../../client/http/httpClient.ts';
import { sleep } from '../../client/http/sleep.ts';
import { isTokenRefusal } from '../../client/tokenReader.ts';
import type { ImportOptions, ImportState, ModelDetails } from '../../protocol/models.ts';
import { givesLabels } from '../../vision/tasks/taskOf.ts';
import { readAdminKey } from '../access/adminKey.ts';
import { watchAdminLinks } from '../access/adminLinks.ts';
import { keepAdminToken, readAdminToken } from '../access/adminToken.ts';
import { basePath, serverUrl } from '../browser/basePath.ts';
import { repeat } from '../browser/repeat.ts';
import { createStore, type Store } from '../browser/store.ts';
import type { Notice } from '../lens/lensState.ts';
import { act } from './act.ts';
import { noticeOfLink } from './linkNotice.ts';
import { droppedFiles, type NamedFile, packFiles, titleOf } from './modelFiles.ts';
import {
  INITIAL_MODELS,
  isMoving,
  type ModelsEvent,
  type ModelsState,
  modelsReducer,
} from './modelsState.ts';
import { listProblem, problemOf } from './problem.ts';
import { rememberedImport, rememberImport } from './rememberedImport.ts';
import { uploadWithProgress } from './uploadWithProgress.ts';

/** How often the server is asked how an import stands, and how models that load do. */
const FOLLOW_MS = 400;
const WATCH_MS = 1_500;

export interface ModelsOptions {
  /** What lets this page use the server. */
  token(): string | undefined;
  /** A model that was added here has become live. */
  onLive(modelId: string): void;
  /** What a person has to know about the right to change models. */
  onNotice(notice: Notice): void;
}

/**
 * The list of models, and the one that is being added. Commands in, state out; none of them rejects. An import goes on when
 * its panel is closed, and is found again when the page is reloaded.
 */
export class Models {
  readonly store: Store<ModelsState, ModelsEvent> = createStore(modelsReducer, INITIAL_MODELS);
  readonly #options: ModelsOptions;
  readonly #http: HttpClient;
  #adminToken = readAdminToken();
  #unwatchLinks = () => {};
  /** Ends what is in flight for an import: its upload, and requests for its state. */
  #adding = new AbortController();
  /** Requests for the list are numbered: an answer that comes after a newer one is out of date. */
  #listRequests = 0;
  #newestList = 0;
  #isClosed = false;

  constructor(options: ModelsOptions) {
    this.#options = options;
    this.#http = createHttpClient({
      url: serverUrl(''),
      token: () => this.#adminToken ?? options.token(),
      adminKey: readAdminKey,
      upload: uploadWithProgress,
    });
  }

  /** Uses the link that the page was opened by, and finds the import that the page left. */
  begin(): void {
    this.#unwatchLinks = watchAdminLinks({
      redeem: (code) => this.#http.redeem(code, { path: basePath() }),
      mayChange: async () => (await this.#http.models()).mayChange,
      onGrant: () => void this.refresh(),
      onNotice: (notice) => this.#options.onNotice(noticeOfLink(notice)),
    });
    const left = rememberedImport();
    if (left) void this.#follow(left.id, left.name, this.#newAdding());
  }

  async refresh(): Promise<void> {
    const request = ++this.#listRequests;
    const event = await this.#http.models().then(
      (list): ModelsEvent => ({ type: 'listed', list }),
      (error): ModelsEvent => ({ type: 'unlisted', problem: listProblem(error) }),
    );
    // An answer to an older request does not know a right that was given since: it would take the controls away again.
    if (this.#isClosed || request < this.#newestList) return;
    this.#newestList = request;
    this.#dispatch(event);
  }

  /** Keeps the list fresh until disposed: a person is reading it. */
  watch(): () => void {
    return repeat(() => this.refresh(), WATCH_MS);
  }

  /** Sends files that make up one model. Replaces an import that is in progress. */
  async addFiles(files: readonly NamedFile[]): Promise<void> {
    if (files.length === 0) return;
    // What they are packed into is no file that a person knows.
    const title = titleOf(files);
    this.discard();
    const signal = this.#newAdding();
    this.#dispatch({ type: 'sending', name: title });
    try {
      const file = await packFiles(files);
      signal.throwIfAborted();
      const totalBytes = file.size;
      this.#dispatch({ type: 'sent', sentBytes: 0, totalBytes });
      const state = await this.#http.imports.upload(file, {
        name: file.name,
        signal,
        onProgress: (sentBytes) => this.#dispatch({ type: 'sent', sentBytes, totalBytes }),
      });
      await this.#accept(state, title, signal);
    } catch (error) {
      if (!signal.aborted) this.#dispatch({ type: 'unsent', problem: problemOf(error) });
    }
  }

  /** As `addFiles`, for what was dropped. Call it in the drop event itself: its files are gone afterwards. */
  async addDropped(transfer: Pick<DataTransfer, 'files' | 'items'>): Promise<void> {
    try {
      await this.addFiles(await droppedFiles(transfer));
    } catch (error) {
      // The disk may refuse to give them, or they have been moved.
      this.discard();
      this.#dispatch({ type: 'sending', name: '' });
      this.#dispatch({ type: 'unsent', problem: problemOf(error) });
    }
  }

  /** Lets the server fetch a model from an https address or `hf:owner/name`. */
  async addFrom(source: string): Promise<void> {
    this.discard();
    const signal = this.#newAdding();
    this.#dispatch({ type: 'sending', name: source });
    try {
      await this.#accept(await this.#http.imports.fetchFrom(source), source, signal);
    } catch (error) {
      if (!signal.aborted) this.#dispatch({ type: 'unsent', problem: problemOf(error) });
    }
  }

  /** Adds details about the model that is being added; it is checked again. */
  addDetails(more: ImportOptions): Promise<void> {
    const { adding } = this.store.getState();
    if (adding.kind !== 'pending') return Promise.resolve();
    const options = { ...adding.options, ...more };
    return this.#ask(options, (id) => this.#http.imports.setOptions(id, options));
  }

  /**
   * The yes.
   * @param as the model's id, where the report asks for it
   */
  accept(as?: string): Promise<void> {
    const { adding } = this.store.getState();
    if (adding.kind !== 'pending') return Promise.resolve();
    return this.#ask(adding.options, (id) => this.#http.imports.accept(id, { as }));
  }

  /** Ends the import, or takes its outcome off the screen. */
  discard(): void {
    const { adding } = this.store.getState();
    if (adding.kind === 'none') return;
    this.#newAdding();
    rememberImport(undefined);
    this.#dispatch({ type: 'cleared' });
    if (adding.kind !== 'pending') return;
    // What is done is gone at the server as well, and one that is not gets no younger there.
    this.#http.imports.discard(adding.state.id).catch((error: unknown) => {
      console.warn('An import could not be ended.', error);
    });
  }

  async verify(id: string): Promise<void> {
    await act(this.store, id, 'verify', async () => {
      const verification = await this.#http.verify(id);
      this.#dispatch({ type: 'act', id, act: { kind: 'verified', verification } });
    });
  }

  /** Lets the server make an int8 version; it asks for a yes as for a model that is added. Replaces an import that is in progress. */
  async quantize({ id, name }: Pick<ModelDetails, 'id' | 'name'>): Promise<void> {
    this.discard();
    const signal = this.#newAdding();
    await act(this.store, id, 'quantize', async () => {
      const state = await this.#http.imports.quantize(id);
      this.#dispatch({ type: 'act', id, act: undefined });
      void this.#accept(state, name, signal);
    });
  }

  /** Has a model with a text tower look for other words; its progress is shown as that of a model that is added. */
  async chooseWords(
    { id, name }: Pick<ModelDetails, 'id' | 'name'>,
    words: readonly string[],
  ): Promise<void> {
    this.discard();
    const signal = this.#newAdding();
    await act(this.store, id, 'chooseWords', async () => {
      const state = await this.#http.imports.words(id, words);
      this.#dispatch({ type: 'act', id, act: undefined });
      void this.#accept(state, name, signal);
    });
  }

  /** Makes the version before live, or the one that is named. */
  async rollBack(id: string, version?: string): Promise<void> {
    await act(this.store, id, 'rollBack', async () => {
      await this.#http.rollBack(id, { version });
      this.#dispatch({ type: 'act', id, act: undefined });
    });
    await this.refresh();
  }

  async remove(id: string): Promise<void> {
    await act(this.store, id, 'remove', async () => {
      await this.#http.remove(id);
      this.#dispatch({ type: 'act', id, act: undefined });
    });
    await this.refresh();
  }

  /** Takes a verification or a failure off the screen. */
  dismiss(id: string): void {
    this.#dispatch({ type: 'act', id, act: undefined });
  }

  /** Tries the operator's token; stored for this tab if it is the right one. */
  async unlock(token: string): Promise<void> {
    const before = this.#adminToken;
    this.#adminToken = token;
    this.#dispatch({ type: 'access', access: 'checking' });
    const request = ++this.#listRequests;
    try {
      const list = await this.#http.models();
      if (list.mayChange) {
        this.#newestList = request;
        keepAdminToken(token);
        this.#dispatch({ type: 'access', access: 'given' });
        this.#dispatch({ type: 'listed', list });
        return;
      }
      this.#dispatch({ type: 'access', access: 'wrong' });
    } catch (error) {
      const isWrong = error instanceof ClientError && isTokenRefusal(error.code);
      this.#dispatch({ type: 'access', access: isWrong ? 'wrong' : 'unasked' });
      if (!isWrong) this.#dispatch({ type: 'unlisted', problem: listProblem(error) });
    }
    this.#adminToken = before;
  }

  /** Ends everything in flight in the page; the server goes on with its work. Idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#unwatchLinks();
    this.#adding.abort();
  }

  async #accept(state: ImportState, name: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) {
      // Cancelled in the moment in which it arrived.
      await this.#http.imports.discard(state.id);
      return;
    }
    rememberImport({ id: state.id, name });
    this.#dispatch({ type: 'import', name, state });
    await this.#follow(state.id, name, signal, state);
  }

  /** Shows the state of an import until it waits for a person or is done. */
  async #follow(id: string, name: string, signal: AbortSignal, known?: ImportState): Promise<void> {
    let state = known;
    while (!signal.aborted && (state === undefined || isMoving(state))) {
      if (state !== undefined) await pause(FOLLOW_MS, signal);
      if (signal.aborted) return;
      try {
        state = await this.#http.imports.state(id);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ClientError && error.code === 'unreachable') {
          this.#dispatch({ type: 'problem', problem: problemOf(error) });
          await pause(WATCH_MS, signal);
          continue;
        }
        this.#lose(name, error);
        return;
      }
      if (!signal.aborted) this.#dispatch({ type: 'import', name, state });
    }
    if (signal.aborted || state === undefined) return;
    if (state.phase === 'live') {
      rememberImport(undefined);
      await this.refresh();
      const modelId = state.report?.id;
      const model = this.store.getState().list?.models.find((one) => one.id === modelId);
      if (model && givesLabels(model.task)) this.#options.onLive(model.id);
    }
  }

  /** The server knows nothing of the import any more: it was restarted, or ended it. */
  #lose(name: string, error: unknown): void {
    rememberImport(undefined);
    const { adding } = this.store.getState();
    if (adding.kind === 'none') return;
    this.#dispatch({ type: 'sending', name });
    const isGone = error instanceof ClientError && error.code === 'not_found';
    this.#dispatch({ type: 'unsent', problem: isGone ? 'gone' : problemOf(error) });
  }

  async #ask(options: ImportOptions, request: (id: string) => Promise<ImportState>): Promise<void> {
    const { adding } = this.store.getState();
    if (adding.kind !== 'pending' || adding.isAsking) return;
    const { name } = adding;
    const signal = this.#newAdding();
    this.#dispatch({ type: 'asking', options });
    try {
      const state = await request(adding.state.id);
      if (signal.aborted) return;
      this.#dispatch({ type: 'import', name, state });
      await this.#follow(state.id, name, signal, state);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ClientError && error.code === 'not_found') this.#lose(name, error);
      else this.#dispatch({ type: 'problem', problem: problemOf(error) });
    }
  }

  #newAdding(): AbortSignal {
    this.#adding.abort();
    this.#adding = new AbortController();
    return this.#adding.signal;
  }

  #dispatch(event: ModelsEvent): void {
    this.store.dispatch(event);
  }
}

/** Ends early, without an error, when aborted. */
const pause = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, [signal]).catch(() => {});
