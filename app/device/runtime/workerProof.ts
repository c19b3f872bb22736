import type { DeviceModel } from '../../../vision/deviceModel.ts';
import { type Size, trialSize } from '../../../vision/steps.ts';
import type { ModelAnswer } from '../../../vision/tasks/taskOf.ts';
import { type Certificate, certify } from './certificate.ts';
import type { ModelInput } from './modelInput.ts';
import type { OpenModel } from './openModel.ts';
import type { ProviderChoice } from './sessionJob.ts';

/** The first run of a model is slower than all others, and not counted. */
const TIMED_RUNS = 4;

interface Options {
  readonly device: DeviceModel;
  /** Those of the goldens, in their order. */
  readonly pictures: readonly ArrayBuffer[];
  readonly input: ModelInput;
  readonly model: OpenModel;
  readonly provider: ProviderChoice['provider'];
  /** Called after each run. */
  onRun(): void;
}

interface Picture {
  readonly pixels: Uint8Array;
  readonly size: Size;
}

/** The goldens of a model in its worker: run one after another, and compared. One run at a time. */
export class WorkerProof {
  readonly #options: Options;
  readonly #answers: ModelAnswer[] = [];
  #timesMs: number[] = [];
  /** The first golden, once it was decoded. */
  #sample: Picture | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Of the goldens that have run. */
  get certificate(): Certificate {
    const { device, model, provider } = this.#options;
    const deviceRuntime = `${model.runtime}, ${COMPUTES_BY[provider]}`;
    return certify(device, this.#answers, { deviceRuntime, provenAtMs: Date.now() });
  }

  /** The fastest run, ms: the browser still compiles, so it is nearest to what later ones take. Undefined before the first. */
  get inferMs(): number | undefined {
    return this.#timesMs.length === 0 ? undefined : Math.min(...this.#timesMs);
  }

  /** Runs all goldens, and blank pictures where these are too few to tell the speed. */
  async proveAll(): Promise<void> {
    const blank = blankPicture(this.#options.device);
    await this.#timed(blank);
    this.#timesMs = [];
    while (this.#answers.length < this.#options.device.goldens.length) await this.proveNext();
    while (this.#timesMs.length < TIMED_RUNS) await this.#timed(blank);
  }

  /**
   * Runs the next golden; without goldens a blank picture, which proves nothing.
   * @returns what it took, ms
   */
  async proveNext(): Promise<number> {
    const picture = this.#options.pictures[this.#answers.length];
    if (picture === undefined) {
      await this.#timed(blankPicture(this.#options.device));
    } else {
      // Decoded only now: all of them are decoded into the same memory.
      const decoded = await this.#options.input.decode(picture);
      this.#sample ??= { pixels: decoded.pixels.slice(), size: { ...decoded.size } };
      this.#answers.push(await this.#timed(decoded));
    }
    return this.#timesMs.at(-1) ?? 0;
  }

  /** Runs the first golden once more, for a comparison of speed. @returns ms */
  async timeSample(): Promise<number> {
    const { model } = this.#options;
    this.#sample ??= await this.#firstPicture();
    const { pixels, size } = this.#sample;
    const startedAt = performance.now();
    await model.run(pixels, size);
    return performance.now() - startedAt;
  }

  async #firstPicture(): Promise<Picture> {
    const { device, input, pictures } = this.#options;
    const [first] = pictures;
    if (first === undefined) return blankPicture(device);
    const { pixels, size } = await input.decode(first);
    return { pixels: pixels.slice(), size: { ...size } };
  }

  async #timed({ pixels, size }: Picture): Promise<ModelAnswer> {
    const startedAt = performance.now();
    const answer = await this.#options.model.run(pixels, size);
    this.#timesMs.push(performance.now() - startedAt);
    this.#options.onRun();
    return answer;
  }
}

function blankPicture({ manifest }: DeviceModel): Picture {
  const size = trialSize(manifest.input);
  return { pixels: new Uint8Array(size.width * size.height * 3), size };
}

const COMPUTES_BY: Readonly<Record<ProviderChoice['provider'], string>> = {
  webgpu: 'webgpu',
  wasm: 'wasm',
  litert: 'wasm',
};
