import { isUnfinished } from '../../vision/text/unread.ts';
import { ModelRoundRobin } from './modelRoundRobin.ts';
import { type PowerSaver, watchPowerSaver } from './powerSaver.ts';
import { StillScene } from './stillScene.ts';

/** A frame that is worth sending, and for which model. */
export interface AdmittedFrame {
  /** 0 is the primary model; from 1 on the secondary ones. */
  readonly modelIndex: number;
  /** Whether the frame is dropped if it shows what the previous one showed. */
  readonly skipUnchanged: boolean;
  readonly capturedAtMs: number;
  /** When it was admitted, ms of the page's clock. */
  readonly grabbedAtMs: number;
}

interface AdmitOptions {
  /** For the primary model, whether anything has changed or not. Default false. */
  readonly isProbe?: boolean;
  /** Whether a model can take the frame; one that cannot is passed over. Default: all can. */
  canUse?(modelIndex: number): boolean;
}

/**
 * The one gate for frames: when the next frame is wanted, for which model it is, whether it may be skipped because nothing
 * has changed, and for which models the labels on the screen still hold. Both backends use it. Each frame passes through
 * `admit`, then through `skipped` or `sent`; `labelled` follows when its labels are there.
 */
export class FrameGate {
  readonly #scene = new StillScene();
  readonly #roundRobin = new ModelRoundRobin();
  readonly #powerSaver: PowerSaver;
  readonly #nowMs: () => number;
  #lastGrabMs = Number.NEGATIVE_INFINITY;
  /** Whether the last frame of the primary model has its labels: then they hold for what shows the same. */
  #isLabelled = false;

  /** Default: the power saver and the clock of this page. */
  constructor({ powerSaver = watchPowerSaver(), nowMs = () => performance.now() } = {}) {
    this.#powerSaver = powerSaver;
    this.#nowMs = nowMs;
  }

  /** Other models, or a backend that has not seen the scene: `secondaryModels` is their number. */
  reset(secondaryModels: number): void {
    this.#isLabelled = false;
    this.#roundRobin.reset(secondaryModels);
    this.wake();
  }

  /** The next frames are sent, changed or not: what the last one showed is not known to the backend. */
  wake(): void {
    this.#scene.wake(this.#nowMs());
  }

  /** Whether enough time has passed since the last frame. @param intervalMs the least time between two frames */
  isDue(intervalMs = 0): boolean {
    return this.#nowMs() - this.#lastGrabMs >= Math.max(intervalMs, this.#powerSaver.intervalMs());
  }

  /** Takes a frame in. */
  admit(capturedAtMs: number, { isProbe = false, canUse }: AdmitOptions = {}): AdmittedFrame {
    const grabbedAtMs = this.#nowMs();
    this.#lastGrabMs = grabbedAtMs;
    const modelIndex = isProbe ? 0 : this.#roundRobin.next(grabbedAtMs, this.#scene, canUse);
    const skipUnchanged = modelIndex === 0 && !isProbe && this.#scene.maySkip(grabbedAtMs);
    return { modelIndex, skipUnchanged, capturedAtMs, grabbedAtMs };
  }

  /**
   * The frame shows what the previous one showed, and is dropped.
   * @returns the models whose labels hold for this frame too; empty while the primary model's labels are not known
   */
  skipped({ capturedAtMs }: AdmittedFrame): readonly number[] {
    this.#scene.skipped(capturedAtMs);
    return this.#isLabelled ? this.#roundRobin.upToDate(this.#scene) : [];
  }

  /**
   * The frame goes to its model.
   * @param changed whether it shows anything else than the previous one
   * @returns its capture time for the tracker: a clock that stands still with the scene
   */
  sent({ modelIndex, capturedAtMs, grabbedAtMs }: AdmittedFrame, changed: boolean): number {
    this.#roundRobin.sent(modelIndex, grabbedAtMs);
    if (modelIndex > 0) return this.#scene.sceneTimeOf(capturedAtMs);
    this.#isLabelled = false;
    return this.#scene.sent(capturedAtMs, changed, grabbedAtMs);
  }

  /**
   * Labels of a frame have come.
   * @param isLast whether no newer frame waits for its labels
   * @param answer what the model's task says beyond labels
   */
  labelled(modelIndex: number, isLast: boolean, answer?: unknown): void {
    this.#roundRobin.labelled(modelIndex, this.#nowMs());
    if (modelIndex === 0) this.#isLabelled = isLast;
    // A scene that stands still would not be sent again.
    if (isUnfinished(answer)) this.wake();
  }
}
