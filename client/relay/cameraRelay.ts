import type { ImageFormat } from '../../protocol/frame.ts';
import { encodeRelayedPicture, type RelayedLabels } from '../../protocol/relay.ts';
import { type Token, tokenReader } from '../tokenReader.ts';
import { RelayLink, type RelayLinkOptions, type RelayState } from './relayLink.ts';

/** A picture to send. */
export interface SharedPicture {
  image: Uint8Array;
  format: ImageFormat;
  labels: RelayedLabels;
  /** Ms of the client's clock. */
  capturedAtMs: number;
}

/** What a shared camera is called, and the key by which it comes back as the same camera. */
export interface CameraIdentity {
  readonly name?: string | undefined;
  readonly key?: string | undefined;
}

export interface CameraRelayOptions extends Pick<RelayLinkOptions, 'url' | 'transport' | 'nowMs'> {
  token?: Token;
  identity: CameraIdentity;
  /** A screen waits for a picture, `maxSidePx` at its longest side; `wanted` says for how many. */
  onTake(): void;
  /** Number, name and key, which the server may change. */
  onIdentity(identity: CameraIdentity & { readonly camera: number }): void;
  /** Number of screens that are open. */
  onScreens(count: number): void;
  onState(state: RelayState): void;
}

/** A camera that is shared with the screens of a server. Nothing is sent but what a screen waits for. */
export class CameraRelay {
  readonly #link: RelayLink;
  #identity: CameraIdentity;
  #camera = 0;
  #wanted = 0;
  #maxSidePx = 0;
  #maxPictureBytes = 0;

  constructor(options: CameraRelayOptions) {
    const { identity, onTake, onIdentity, onScreens, onState } = options;
    const readToken = tokenReader(options.token);
    this.#identity = identity;
    this.#link = new RelayLink({
      ...options,
      token: readToken,
      hello: (token) => {
        const { name, key } = this.#identity;
        return {
          type: 'share',
          ...(name !== undefined && { name }),
          ...(key !== undefined && { key }),
          ...(token !== undefined && { token }),
        };
      },
      onMessage: (message) => {
        switch (message.type) {
          case 'sharing': {
            const { camera, name, key, screens } = message;
            this.#camera = camera;
            this.#identity = { name, key };
            this.#maxPictureBytes = message.maxPictureBytes;
            onIdentity({ ...this.#identity, camera });
            onScreens(screens);
            break;
          }
          case 'named':
            this.#identity = { ...this.#identity, name: message.name };
            onIdentity({ ...this.#identity, camera: this.#camera });
            break;
          case 'screens':
            onScreens(message.count);
            break;
          case 'take':
            this.#wanted += 1;
            this.#maxSidePx = message.maxSidePx;
            onTake();
            break;
        }
      },
      onState: (state) => {
        if (state.kind !== 'open') this.#wanted = 0;
        onState(state);
      },
    });
  }

  /** Number of pictures that screens wait for. */
  get wanted(): number {
    return this.#wanted;
  }

  /** Longest side of the next picture, pixels. */
  get maxSidePx(): number {
    return this.#maxSidePx;
  }

  /** Bytes that wait for the link to take them. */
  get bufferedBytes(): number {
    return this.#link.bufferedBytes;
  }

  /** Connects, and stays connected until `stop`. */
  start(): void {
    this.#link.start();
  }

  retryNow(): void {
    this.#link.retryNow();
  }

  /**
   * Sends a picture that was asked for.
   * @returns its size as a share of the largest one that is relayed, above 1 where it was too large to be sent; undefined where it
   *   was not sent since no one asked, or the clocks were not compared yet
   */
  send({ image, format, labels, capturedAtMs }: SharedPicture): number | undefined {
    const { offsetMs } = this.#link;
    if (this.#wanted === 0 || offsetMs === undefined) return undefined;
    const bytes = encodeRelayedPicture({
      camera: 0,
      capturedAtMs: capturedAtMs + offsetMs,
      format,
      labels,
      image,
    });
    const share = bytes.byteLength / this.#maxPictureBytes;
    if (share > 1) return share;
    this.#wanted -= 1;
    this.#link.sendBytes(bytes);
    return share;
  }

  rename(name: string): void {
    this.#identity = { ...this.#identity, name };
    this.#link.send({ type: 'rename', camera: this.#camera, name });
  }

  /** Ends the consent: the server shows nothing of this camera any more, and screens drop what they have. Idempotent. */
  stop(): void {
    this.#link.send({ type: 'stop' });
    this.#link.close();
  }

  /** Disconnects without a word: the camera keeps its place for a while. Idempotent. */
  close(): void {
    this.#link.close();
  }
}
