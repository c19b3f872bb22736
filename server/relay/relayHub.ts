import { randomBytes } from 'node:crypto';
import { CodedError } from '../../protocol/errors.ts';
import {
  MAX_WANTED,
  type RelayClientMessageOf,
  type RelayServerMessage,
  type SharedCamera,
} from '../../protocol/relay.ts';

/** What the hub needs of a camera's connection. */
export interface CameraPeer {
  send(message: RelayServerMessage): void;
  /** The camera came back over another connection: this one ends. */
  replaced(): void;
}

/** What the hub needs of a screen's connection. */
export interface ScreenPeer {
  send(message: RelayServerMessage): void;
  /** Sends without a copy. @param onSent it left, or the connection ended */
  sendPicture(message: Uint8Array, onSent: () => void): void;
  /** Whether it has read enough of what was sent to get another picture. */
  readonly isFree: boolean;
}

export interface RelayHubOptions {
  /** Maximum number of cameras, lost ones included. */
  maxCameras: number;
  /** Of them from one address. */
  maxCamerasPerAddress: number;
  maxScreens: number;
  maxScreensPerAddress: number;
  /** Time for which a camera whose connection broke keeps its number and its name, ms. */
  keepLostMs: number;
}

interface Camera {
  readonly camera: number;
  readonly key: string;
  /** Where it last came from. */
  address: string;
  name: string | undefined;
  /** Undefined while it is lost. */
  peer: CameraPeer | undefined;
  /** Number of pictures that it was asked for and has not sent yet. */
  asked: number;
  lostTimer?: NodeJS.Timeout;
}

interface Wanted {
  count: number;
  maxSidePx: number;
}

interface Screen {
  readonly address: string;
  /** What it waits for, by the cameras' numbers. */
  readonly wants: Map<number, Wanted>;
}

/**
 * Brings pictures of shared cameras to screens. A camera sends a picture only when it was asked for one, and it is asked
 * only while a screen waits for it and can take it. So nothing is stored: a picture goes to the screens that wait, the same
 * bytes to all, and is gone. A screen that does not read is not free: it loses pictures, and holds up no one.
 */
export class RelayHub {
  readonly #options: RelayHubOptions;
  readonly #cameras = new Map<number, Camera>();
  readonly #screens = new Map<ScreenPeer, Screen>();

  constructor(options: RelayHubOptions) {
    this.#options = options;
  }

  /**
   * A camera is shared from now on.
   * @param key of a camera that comes back: it keeps its number and its name
   * @param address by what limits count it
   * @throws CodedError `server_busy` where there are too many
   */
  share(
    peer: CameraPeer,
    { name, key }: Pick<RelayClientMessageOf<'share'>, 'name' | 'key'>,
    address: string,
  ): Camera {
    const known = [...this.#cameras.values()].find((one) => one.key === key);
    const camera = known ?? this.#add(name, address);
    const previous = camera.peer;
    clearTimeout(camera.lostTimer);
    camera.address = address;
    camera.peer = peer;
    camera.asked = 0;
    previous?.replaced();
    return camera;
  }

  /** Tells the screens of a camera that is shared, and asks it for what they wait for. */
  shared(camera: Camera): void {
    this.#tellScreens({ type: 'camera', ...described(camera) });
    this.#ask(camera);
  }

  /** Its connection broke: it may come back. */
  lost(camera: Camera, peer: CameraPeer): void {
    if (camera.peer !== peer) return;
    camera.peer = undefined;
    camera.lostTimer = setTimeout(() => this.#remove(camera), this.#options.keepLostMs);
    camera.lostTimer.unref();
    this.#tellScreens({ type: 'camera', ...described(camera) });
  }

  /** Its person does not want it to be shown any more. */
  stop(camera: Camera, peer: CameraPeer): void {
    if (camera.peer === peer) this.#remove(camera);
  }

  /** @param number of a camera that is gone: nothing happens */
  rename(number: number, name: string): void {
    const camera = this.#cameras.get(number);
    if (camera === undefined || camera.name === name) return;
    camera.name = name;
    camera.peer?.send({ type: 'named', name });
    this.#tellScreens({ type: 'camera', ...described(camera) });
  }

  /**
   * A picture came.
   * @returns whether it was asked for; else it goes nowhere
   */
  picture(camera: Camera, message: Uint8Array): boolean {
    if (camera.asked === 0) return false;
    camera.asked -= 1;
    for (const [screen, { wants }] of this.#screens) {
      const wanted = wants.get(camera.camera);
      if (wanted === undefined || wanted.count === 0 || !screen.isFree) continue;
      wanted.count -= 1;
      screen.sendPicture(message, () => this.#askFor(screen));
    }
    this.#ask(camera);
    return true;
  }

  /**
   * @param address by what limits count it
   * @throws CodedError `server_busy` where there are too many
   */
  watch(screen: ScreenPeer, address: string): readonly SharedCamera[] {
    const fromAddress = from(address, this.#screens.values()).length;
    if (fromAddress >= this.#options.maxScreensPerAddress) {
      throw tooMany(`${fromAddress} screens of your network address are open already. Close one of them.`);
    }
    if (this.#screens.size >= this.#options.maxScreens) {
      throw tooMany(`${this.#screens.size} screens are open already. Close one of them.`);
    }
    this.#screens.set(screen, { address, wants: new Map() });
    this.#tellCameras();
    return [...this.#cameras.values()].map(described);
  }

  /** A screen waits for one more picture of each of these cameras. */
  want(screen: ScreenPeer, { pictures }: Pick<RelayClientMessageOf<'want'>, 'pictures'>): void {
    const wants = this.#screens.get(screen)?.wants;
    for (const { camera: number, maxSidePx } of pictures) {
      // It may be gone by now.
      const camera = this.#cameras.get(number);
      if (wants === undefined || camera === undefined) continue;
      const before = wants.get(number)?.count ?? 0;
      wants.set(number, { count: Math.min(MAX_WANTED, before + 1), maxSidePx });
      this.#ask(camera);
    }
  }

  unwatch(screen: ScreenPeer): void {
    if (this.#screens.delete(screen)) this.#tellCameras();
  }

  get screens(): number {
    return this.#screens.size;
  }

  close(): void {
    for (const { lostTimer } of this.#cameras.values()) clearTimeout(lostTimer);
  }

  #add(name: string | undefined, address: string): Camera {
    const all = [...this.#cameras.values()];
    const ofAddress = from(address, all);
    if (ofAddress.length >= this.#options.maxCamerasPerAddress) {
      this.#makeRoom(ofAddress, `${ofAddress.length} cameras of your network address are shown already.`);
    } else if (all.length >= this.#options.maxCameras) {
      this.#makeRoom(all, `${all.length} cameras are shown already.`);
    }
    let number = 1;
    while (this.#cameras.has(number)) number += 1;
    const key = randomBytes(24).toString('base64url');
    const camera: Camera = { camera: number, key, address, name, peer: undefined, asked: 0 };
    this.#cameras.set(number, camera);
    return camera;
  }

  /** A camera that is lost gives its place. @throws CodedError `server_busy` where none is */
  #makeRoom(cameras: readonly Camera[], message: string): void {
    const lost = cameras.find(({ peer }) => peer === undefined);
    if (lost === undefined) throw tooMany(`${message} Stop one of them.`);
    this.#remove(lost);
  }

  #remove(camera: Camera): void {
    clearTimeout(camera.lostTimer);
    camera.peer = undefined;
    this.#cameras.delete(camera.camera);
    for (const { wants } of this.#screens.values()) wants.delete(camera.camera);
    this.#tellScreens({ type: 'gone', camera: camera.camera });
  }

  /** Asks a camera for as many pictures as the screen waits for that waits for the most. */
  #ask(camera: Camera): void {
    let [count, maxSidePx] = [0, 0];
    for (const [screen, { wants }] of this.#screens) {
      const wanted = wants.get(camera.camera);
      if (wanted === undefined || wanted.count === 0 || !screen.isFree) continue;
      count = Math.max(count, wanted.count);
      maxSidePx = Math.max(maxSidePx, wanted.maxSidePx);
    }
    while (camera.peer && camera.asked < count) {
      camera.asked += 1;
      camera.peer.send({ type: 'take', maxSidePx });
    }
  }

  #askFor(screen: ScreenPeer): void {
    for (const number of this.#screens.get(screen)?.wants.keys() ?? []) {
      const camera = this.#cameras.get(number);
      if (camera) this.#ask(camera);
    }
  }

  #tellScreens(message: RelayServerMessage): void {
    for (const screen of this.#screens.keys()) screen.send(message);
  }

  #tellCameras(): void {
    for (const { peer } of this.#cameras.values()) peer?.send({ type: 'screens', count: this.#screens.size });
  }
}

const from = <T extends { readonly address: string }>(address: string, all: Iterable<T>): T[] =>
  [...all].filter((one) => one.address === address);

const tooMany = (message: string) => new CodedError('server_busy', message);

const described = ({ camera, name, peer }: Camera): SharedCamera => ({
  camera,
  ...(name !== undefined && { name }),
  state: peer === undefined ? 'lost' : 'shared',
});
