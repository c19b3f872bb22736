import { messageOf } from '../../protocol/errors.ts';
import { serverUrl } from '../browser/basePath.ts';
import { isInstalled, isInstalledByHand } from '../browser/installed.ts';
import { createStore, type Store } from '../browser/store.ts';
import { type InstallPrompt, isInstallPrompt } from './installPrompt.ts';
import { INITIAL_PWA, type PwaEvent, type PwaState, pwaReducer } from './pwaState.ts';
import { type FirstLabels, whenQuiet } from './whenQuiet.ts';

const SERVICE_WORKER = 'sw.js';
/** How often a page that stays open checks for a new version. */
const CHECK_MS = 3_600_000;
/** A person who changes between tabs is not worth a request each time. */
const CHECK_AGAIN_MS = 60_000;
/** A worker that is still busy with an answer of the old version holds the new one up. */
const ACTIVATION_MS = 5_000;

/**
 * The page as an app: opens without a network, announces new versions, can be installed. Commands in, state out; none of
 * them rejects, and only `reload` loads the page again.
 */
export class Pwa {
  readonly store: Store<PwaState, PwaEvent> = createStore(pwaReducer, INITIAL_PWA);
  readonly #life = new AbortController();
  #registration: ServiceWorkerRegistration | undefined;
  #installPrompt: InstallPrompt | undefined;
  /** The new version to which the person said "Later". */
  #putOff: ServiceWorker | undefined;
  #checkTimer: ReturnType<typeof setInterval> | undefined;
  #lastCheckMs = Number.NEGATIVE_INFINITY;

  /** @param firstLabels what goes before the service worker */
  begin(firstLabels: FirstLabels): void {
    this.#watchInstalling();
    const canKeep = window.isSecureContext && 'serviceWorker' in navigator;
    // In development the pages change all the time, and there is no worker.
    if (!canKeep || process.env.NODE_ENV !== 'production') {
      this.#dispatch({ type: 'offline', offline: { kind: 'unsupported' } });
      return;
    }
    void this.#register(firstLabels);
  }

  /** Activates the new version, and loads the page again. */
  async reload(): Promise<void> {
    if (this.store.getState().update === 'reloading') return;
    this.#dispatch({ type: 'reloading' });
    const waiting = this.#registration?.waiting;
    if (waiting) {
      const isActive = activation(waiting, this.#life.signal);
      waiting.postMessage({ type: 'SKIP_WAITING' });
      await isActive;
    }
    if (!this.#life.signal.aborted) window.location.reload();
  }

  /** "Later": the new version comes when the page is opened the next time, and is not spoken of again. */
  putOff(): void {
    this.#putOff = this.#registration?.waiting ?? undefined;
    this.#dispatch({ type: 'putOff' });
  }

  /** Lets the browser ask whether the page shall be installed. */
  async install(): Promise<void> {
    const prompt = this.#installPrompt;
    if (prompt === undefined) return;
    // It cannot be shown twice; the browser offers another one, if it likes.
    this.#installPrompt = undefined;
    this.#dispatch({ type: 'install', install: 'unavailable' });
    await prompt.prompt().catch((error: unknown) => {
      console.warn('The browser did not ask about installing the page.', error);
    });
  }

  /** Idempotent. */
  close(): void {
    this.#life.abort();
    clearInterval(this.#checkTimer);
  }

  #watchInstalling(): void {
    const { signal } = this.#life;
    const report = (install: PwaState['install']) => this.#dispatch({ type: 'install', install });
    if (isInstalled()) report('installed');
    else if (isInstalledByHand()) report('by-hand');
    const onPrompt = (event: Event) => {
      if (!isInstallPrompt(event)) return;
      // The page has a place for it; a bar over the camera's picture is none.
      event.preventDefault();
      this.#installPrompt = event;
      report('offered');
    };
    window.addEventListener('beforeinstallprompt', onPrompt, { signal });
    window.addEventListener('appinstalled', () => report('installed'), { signal });
  }

  async #register(firstLabels: FirstLabels): Promise<void> {
    const { signal } = this.#life;
    await whenQuiet(firstLabels, signal);
    if (signal.aborted) return;
    this.#dispatch({ type: 'offline', offline: { kind: 'registering' } });
    try {
      const registration = await navigator.serviceWorker.register(serverUrl(SERVICE_WORKER));
      if (!signal.aborted) this.#follow(registration);
    } catch (error) {
      // A certificate that the browser does not trust is good for the camera, and not for this.
      if (!signal.aborted)
        this.#dispatch({ type: 'offline', offline: { kind: 'failed', why: messageOf(error) } });
    }
  }

  #follow(registration: ServiceWorkerRegistration): void {
    const { signal } = this.#life;
    this.#registration = registration;
    const update = () => {
      const { installing, waiting, active } = registration;
      const there = { installing: installing !== null, waiting: waiting !== null, active: active !== null };
      this.#dispatch({ type: 'workers', there, isPutOff: waiting !== null && waiting === this.#putOff });
    };
    const watchNew = () => {
      registration.installing?.addEventListener('statechange', update, { signal });
      update();
    };
    registration.addEventListener('updatefound', watchNew, { signal });
    // No worker of ours claims a page: if there is another, some page has let it in.
    const onTakenOver = () => this.#dispatch({ type: 'takenOver' });
    navigator.serviceWorker.addEventListener('controllerchange', onTakenOver, { signal });
    watchNew();
    registration.waiting?.addEventListener('statechange', update, { signal });

    const onReturn = () => {
      if (!document.hidden && performance.now() - this.#lastCheckMs > CHECK_AGAIN_MS) this.#check();
    };
    document.addEventListener('visibilitychange', onReturn, { signal });
    this.#checkTimer = setInterval(() => this.#check(), CHECK_MS);
    if (registration.active) this.#check();
  }

  #check(): void {
    this.#lastCheckMs = performance.now();
    this.#registration?.update().catch(() => {
      // The server is away; there is a next time.
    });
  }

  #dispatch(event: PwaEvent): void {
    this.store.dispatch(event);
  }
}

/** Resolves when the worker controls pages, or will not soon. */
function activation(worker: ServiceWorker, life: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = new AbortController();
    const end = () => {
      over.abort();
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(end, ACTIVATION_MS);
    const update = () => {
      if (worker.state === 'activated' || worker.state === 'redundant') end();
    };
    worker.addEventListener('statechange', update, { signal: over.signal });
    life.addEventListener('abort', end, { signal: over.signal });
  });
}
