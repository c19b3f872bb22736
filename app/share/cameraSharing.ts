import { CameraRelay } from '../../client/relay/cameraRelay.ts';
import { serverUrl } from '../browser/basePath.ts';
import { createStore, type Store } from '../browser/store.ts';
import { sizeOf } from '../capture/drawFitted.ts';
import { createFrameEncoder, type FrameEncoder } from '../capture/frameEncoder.ts';
import { takePicture } from '../capture/grabFrames.ts';
import { nextPictureScale } from './pictureScale.ts';
import { relayedSize } from './relayedSize.ts';
import { keepConsent, readConsent } from './shareConsent.ts';
import { type ShareEvent, type ShareState, shareReducer } from './shareState.ts';
import { type LabelOnPicture, toRelayedLabels } from './toRelayedLabels.ts';

/** Least time from one picture to the next, ms: names and faces can be followed, and a wall of sixteen can be drawn. */
const INTERVAL_MS = 80;
const QUALITY = 0.6;

/** The camera that the page shows now. */
export interface ShownCamera {
  readonly video: HTMLVideoElement;
  /** When the picture on the screen was captured, ms of the page's clock. */
  readonly capturedAtMs: number;
  /** What stands on that picture. */
  labels(): readonly LabelOnPicture[];
}

/**
 * Shares this camera with the screens of the server, once a person has agreed. It sends a picture of its own, whole and with
 * the labels that stand on it, only when a screen waits for one: whoever runs the model, and whatever that sees of the
 * picture.
 */
export class CameraSharing {
  readonly store: Store<ShareState, ShareEvent> = createStore(shareReducer, { kind: 'off' });
  readonly #token: () => string | undefined;
  #relay: CameraRelay | undefined;
  #encoder: FrameEncoder | undefined;
  #isTaking = false;
  #takenAtMs = Number.NEGATIVE_INFINITY;
  #scale = 1;

  constructor({ token }: { token(): string | undefined }) {
    this.#token = token;
  }

  /** Goes on where a person agreed in this tab before. */
  begin(): void {
    const consent = readConsent();
    if (consent) this.#start(consent.name, consent.key);
  }

  /** A person agreed. @param name what screens call it; undefined: by its number */
  start(name: string | undefined): void {
    keepConsent({ name });
    this.#start(name, undefined);
  }

  /** A person takes the consent back: no picture is sent from now on, and screens drop what they show. Idempotent. */
  stop(): void {
    keepConsent(undefined);
    this.#relay?.stop();
    this.#end();
    this.store.dispatch({ type: 'off' });
  }

  /** A picture of the camera is on the screen. */
  shown(camera: ShownCamera): void {
    const relay = this.#relay;
    if (!relay || relay.wanted === 0 || this.#isTaking || this.#encoder?.busy) return;
    // While the link has not taken the last one, the next would wait and be old.
    if (performance.now() - this.#takenAtMs < INTERVAL_MS || relay.bufferedBytes > 0) return;
    void this.#take(relay, camera);
  }

  /** There may be a way to the server again. */
  retryNow(): void {
    this.#relay?.retryNow();
  }

  /** Disconnects; the consent stays. Idempotent. */
  close(): void {
    this.#relay?.close();
    this.#end();
  }

  #start(name: string | undefined, key: string | undefined): void {
    this.close();
    this.store.dispatch({ type: 'on', name });
    const { dispatch } = this.store;
    this.#encoder = createFrameEncoder();
    this.#relay = new CameraRelay({
      url: serverUrl(''),
      token: this.#token,
      identity: { name, key },
      // The next picture of the camera is there in a moment.
      onTake() {},
      onIdentity({ camera, ...identity }) {
        keepConsent(identity);
        dispatch({ type: 'identity', name: identity.name, camera });
      },
      onScreens: (count) => dispatch({ type: 'screens', count }),
      onState: (state) => {
        switch (state.kind) {
          case 'connecting':
          case 'open':
          case 'waiting':
            dispatch({ type: 'link', link: state.kind });
            break;
          case 'refused':
            keepConsent(undefined);
            this.#end();
            dispatch({ type: 'refused', code: state.code, message: state.message });
            break;
          case 'closed':
            break;
          default:
            state satisfies never;
        }
      },
    });
    this.#relay.start();
  }

  async #take(relay: CameraRelay, { video, capturedAtMs, labels }: ShownCamera): Promise<void> {
    this.#isTaking = true;
    this.#takenAtMs = performance.now();
    const encoder = this.#encoder;
    const relayed = toRelayedLabels(labels());
    try {
      const picture = await takePicture(video);
      if (encoder === undefined || relay !== this.#relay) {
        picture.close();
        return;
      }
      const size = relayedSize(sizeOf(picture), relay.maxSidePx * this.#scale);
      const encoded = await encoder.encode(picture, {
        input: { ...size, fit: 'stretch' },
        quality: QUALITY,
        // A person does not see the difference.
        keepsColours: false,
        skipUnchanged: false,
        isSecondary: true,
      });
      // The consent may have been withdrawn in the meantime.
      if (relay !== this.#relay || encoded.image === undefined) return;
      const { image, format } = encoded;
      const share = relay.send({ image, format, labels: relayed, capturedAtMs });
      this.#scale = nextPictureScale(this.#scale, share);
    } catch {
      // The source has changed, or this browser gives no pixels: the next picture tries again.
    } finally {
      this.#isTaking = false;
    }
  }

  #end(): void {
    this.#relay = undefined;
    this.#encoder?.close();
    this.#encoder = undefined;
    this.#scale = 1;
  }
}
