import { ScreenRelay } from '../../client/relay/screenRelay.ts';
import { MAX_SIDE_PX } from '../../protocol/relay.ts';
import { keepToken, takeToken } from '../access/token.ts';
import { typedToken } from '../access/typedToken.ts';
import { serverUrl } from '../browser/basePath.ts';
import { createStore, type Store } from '../browser/store.ts';
import { holdWakeLock } from '../lens/wakeLock.ts';
import type { TileView } from './tileView.ts';
import { INITIAL_WALL, shownCameras, type WallEvent, type WallState, wallReducer } from './wallState.ts';

/** Sizes are asked for in steps: a window that is dragged larger does not change them with each pixel. */
const SIDE_STEP_PX = 160;
/** A picture of more pixels shows no more on a projector, and takes longer on its way. */
const LARGEST_PX = Math.min(1280, MAX_SIDE_PX);

/** Everything behind the wall: the relay of the server, the tiles, commands in, state out. */
export class WallScreen {
  readonly store: Store<WallState, WallEvent> = createStore(wallReducer, INITIAL_WALL);
  readonly #relay: ScreenRelay;
  readonly #views = new Map<number, TileView>();
  readonly #open = new AbortController();
  #token = takeToken();
  #asked = '';

  constructor() {
    const { dispatch } = this.store;
    this.#relay = new ScreenRelay({
      url: serverUrl(''),
      token: () => this.#token,
      onCameras: (cameras) => dispatch({ type: 'cameras', cameras }),
      onPicture: (picture) => this.#views.get(picture.camera)?.show(picture),
      onState: (link) => dispatch({ type: 'link', link }),
    });
  }

  get token(): string | undefined {
    return this.#token;
  }

  begin(): void {
    const { signal } = this.#open;
    const releaseWakeLock = holdWakeLock();
    const unsubscribe = this.store.subscribe(() => this.#update());
    signal.addEventListener('abort', () => {
      releaseWakeLock();
      unsubscribe();
    });
    // Behind another window, nothing is asked for.
    document.addEventListener('visibilitychange', () => this.#update(), { signal });
    window.addEventListener('online', () => this.#relay.retryNow(), { signal });
    this.#relay.start();
  }

  /** Tries a token that a person gave. */
  giveToken(text: string): void {
    this.#token = typedToken(text);
    keepToken(this.#token);
    this.#relay.start();
  }

  retry(): void {
    this.#relay.start();
    this.#relay.retryNow();
  }

  /** Holds the picture of a camera, or lets it go on; without a picture there is nothing to hold. */
  toggleFrozen(camera: number): void {
    const hasPicture = this.#views.get(camera)?.reading.ageMs !== undefined;
    if (!hasPicture && !this.store.getState().frozen.has(camera)) return;
    this.store.dispatch({ type: 'freeze', camera, nowMs: performance.now() });
  }

  rename(camera: number, name: string): void {
    this.#relay.rename(camera, name);
  }

  /** A camera has a tile from now on. Returns the disposer. */
  attach(camera: number, view: TileView): () => void {
    this.#views.set(camera, view);
    this.#update();
    return () => {
      if (this.#views.get(camera) === view) this.#views.delete(camera);
      view.close();
      this.#update();
    };
  }

  /** A tile has another size. */
  resized(): void {
    this.#update();
  }

  /** Disconnects. Idempotent. */
  close(): void {
    this.#open.abort();
    this.#relay.close();
  }

  /** Asks for the pictures that are shown, and for no others: one that is frozen needs none. */
  #update(): void {
    const state = this.store.getState();
    const shown = new Map<number, number>();
    for (const { camera } of shownCameras(state)) {
      const view = this.#views.get(camera);
      view?.setFrozen(state.frozen.has(camera));
      if (view === undefined || view.sidePx === 0 || state.frozen.has(camera) || document.hidden) continue;
      const sidePx = Math.ceil(view.sidePx / SIDE_STEP_PX) * SIDE_STEP_PX;
      shown.set(camera, Math.min(LARGEST_PX, sidePx));
    }
    const asked = JSON.stringify([...shown]);
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.#relay.show(shown);
  }
}
