import { THINGS_MODEL, THINGS_PREFIX } from '../../protocol/things.ts';
import type { PictureAnswer } from '../../vision/tasks/taskOf.ts';
import type { LensContext } from './lensContext.ts';
import type { LensScreen } from './lensScreen.ts';
import { type Sample, sampleOf } from './sampleOf.ts';
import type { ThingLock } from './thingLock.ts';

/** What teaching needs of the lens: samples of what is shown, and this device. */
export class LensTeaching {
  readonly #context: LensContext;
  readonly #screen: LensScreen;
  readonly #lock: ThingLock;
  readonly #open = new AbortController();

  constructor(context: LensContext, screen: LensScreen, lock: ThingLock) {
    this.#context = context;
    this.#screen = screen;
    this.#lock = lock;
  }

  /**
   * A sample of the locked thing, or of what is held up in the middle.
   * @throws NoSampleError; Error if the browser cannot draw it
   */
  takeSample(): Promise<Sample> {
    const { elements, pixels } = this.#context;
    const shown = this.#screen.picture ? elements.picture : elements.video;
    return sampleOf(shown, this.#lock.lock, {
      boxes: this.#lock.boxes,
      part: this.#screen.partInView,
      isTrue: pixels.access !== 'video-frame',
    });
  }

  /**
   * What the model of taught things says of a picture on this device. Closes the picture.
   * @throws DeviceError; Error while another model is selected; the reason why it was aborted
   */
  async run(picture: ImageBitmap): Promise<{ answer: PictureAnswer; version: string }> {
    if (!this.#context.store.getState().modelId?.startsWith(THINGS_PREFIX)) {
      picture.close();
      throw new Error('My things is not in use.');
    }
    const { answer, model } = await this.#context.local.predict(picture, 0, this.#open.signal);
    if (answer === undefined) throw new Error('This device gave no answer.');
    return { answer, version: model.version };
  }

  /** Of the model on this device that embeds things; undefined while it is not here. */
  get version(): string | undefined {
    return this.#context.device.info().find(({ id }) => id === THINGS_MODEL)?.version;
  }

  /** Idempotent. */
  close(): void {
    this.#open.abort();
  }
}
