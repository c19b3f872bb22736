import type { RelayedPicture, SharedCamera } from '../../protocol/relay.ts';
import { maxLabelAgeMs } from '../stream/maxLabelAge.ts';
import { TypicalLatency } from '../stream/typicalLatency.ts';
import { type Token, tokenReader } from '../tokenReader.ts';
import { RelayLink, type RelayLinkOptions, type RelayState } from './relayLink.ts';

/** A picture of a shared camera. */
export interface ShownPicture extends Omit<RelayedPicture, 'capturedAtMs'> {
  /** Ms of the client's clock. */
  readonly capturedAtMs: number;
  /** Do not show it when it is older than this, ms from `capturedAtMs`. */
  readonly maxAgeMs: number;
}

export interface ScreenRelayOptions extends Pick<RelayLinkOptions, 'url' | 'transport' | 'nowMs'> {
  token?: Token;
  /** All cameras that are shared now; called with each change. */
  onCameras(cameras: readonly SharedCamera[]): void;
  onPicture(picture: ShownPicture): void;
  onState(state: RelayState): void;
}

/** Pictures of one camera that may be on their way to this screen: the next one comes while one is drawn. */
const WAITING = 2;

/**
 * A screen: shows the cameras that agreed to it. It says which cameras it shows, and at which size; each gets a picture
 * asked for when the one before has come, so that what it cannot take is never sent.
 */
export class ScreenRelay {
  readonly #link: RelayLink;
  readonly #options: ScreenRelayOptions;
  readonly #nowMs: () => number;
  #cameras = new Map<number, SharedCamera>();
  readonly #typicalAge = new Map<number, TypicalLatency>();
  /** Longest side in pixels at which each camera is shown. */
  #shown: ReadonlyMap<number, number> = new Map();
  /** Pictures of each camera that were asked for and have not come. */
  #waiting = new Map<number, number>();
  #maxAgeMs = 1_000;

  constructor(options: ScreenRelayOptions) {
    const { onCameras, onState } = options;
    const readToken = tokenReader(options.token);
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#link = new RelayLink({
      ...options,
      token: readToken,
      hello: (token) => {
        return { type: 'watch', ...(token !== undefined && { token }) };
      },
      onMessage: (message) => {
        switch (message.type) {
          case 'watching':
            this.#maxAgeMs = message.maxAgeMs;
            this.#cameras = new Map(message.cameras.map((camera) => [camera.camera, camera]));
            break;
          case 'camera': {
            const { camera, name, state } = message;
            this.#cameras.set(camera, { camera, name, state });
            break;
          }
          case 'gone':
            this.#cameras.delete(message.camera);
            this.#waiting.delete(message.camera);
            this.#typicalAge.delete(message.camera);
            break;
          default:
            return;
        }
        onCameras(this.cameras);
        this.#ask();
      },
      onPicture: (picture) => this.#onPicture(picture),
      onState: (state) => {
        if (state.kind !== 'open') this.#waiting.clear();
        onState(state);
      },
    });
  }

  /** By their numbers. */
  get cameras(): readonly SharedCamera[] {
    return [...this.#cameras.values()].sort((a, b) => a.camera - b.camera);
  }

  start(): void {
    this.#link.start();
  }

  retryNow(): void {
    this.#link.retryNow();
  }

  /** @param shown the cameras to show, each with the longest side at which it is shown, pixels */
  show(shown: ReadonlyMap<number, number>): void {
    this.#shown = shown;
    this.#ask();
  }

  rename(camera: number, name: string): void {
    this.#link.send({ type: 'rename', camera, name });
  }

  /** Idempotent. */
  close(): void {
    this.#link.close();
  }

  #ask(): void {
    if (this.#link.state.kind !== 'open') return;
    for (let round = 0; round < WAITING; round++) {
      const pictures = [...this.#shown].flatMap(([camera, maxSidePx]) => {
        const waiting = this.#waiting.get(camera) ?? 0;
        if (waiting >= WAITING || !this.#cameras.has(camera)) return [];
        this.#waiting.set(camera, waiting + 1);
        return [{ camera, maxSidePx }];
      });
      if (pictures.length > 0) this.#link.send({ type: 'want', pictures });
    }
  }

  #onPicture(picture: RelayedPicture): void {
    const { camera } = picture;
    this.#waiting.set(camera, Math.max(0, (this.#waiting.get(camera) ?? 0) - 1));
    const { offsetMs } = this.#link;
    if (offsetMs !== undefined && this.#cameras.has(camera)) {
      const nowMs = this.#nowMs();
      const capturedAtMs = Math.min(nowMs, picture.capturedAtMs - offsetMs);
      const typical = this.#typicalAge.get(camera) ?? new TypicalLatency();
      this.#typicalAge.set(camera, typical);
      typical.add(nowMs - capturedAtMs);
      const maxAgeMs = maxLabelAgeMs(this.#maxAgeMs, typical.ms);
      if (nowMs - capturedAtMs < maxAgeMs) this.#options.onPicture({ ...picture, capturedAtMs, maxAgeMs });
    }
    this.#ask();
  }
}
