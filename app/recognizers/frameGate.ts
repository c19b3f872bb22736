import type { FrameView } from '../../protocol/frame.ts';
import type { Box } from '../../vision/geometry.ts';
import { isUnfinished } from '../../vision/text/unread.ts';
import { CloserLooks, type Look } from './closerLooks.ts';
import { ModelRoundRobin } from './modelRoundRobin.ts';
import { type PowerSaver, watchPowerSaver } from './powerSaver.ts';
import { StillScene } from './stillScene.ts';

/** A frame that is worth sending, and for which model. */
export interface AdmittedFrame {
  /** 0 is the primary model; from 1 on the secondary ones. */
  readonly modelIndex: number;
  /** Whether the frame is dropped if it shows what the previous one showed. */
  readonly skipUnchanged: boolean;
  /** The part of the scene to show, if nothing has changed, in 0..1 of the whole; undefined: the whole. */
  readonly part: Box | undefined;
  readonly capturedAtMs: number;
  /** When it was admitted, ms of the page's clock. */
  readonly grabbedAtMs: number;
}

interface AdmitOptions {
  /** For the primary model, whether anything has changed or not. Default false. */
  readonly isProbe?: boolean;
  /** Whether a model can take the frame; one that cannot is passed over. Default: all can. */
  canUse?(modelIndex: number): boolean;
  /** The parts of a still scene that are worth a look of the primary model, best first. Default: none. */
  planParts?: (() => Box[]) | undefined;
}

/** How a frame goes to its model. */
export interface SentAs {
  /** Its capture time for the tracker: a clock that stands still with the scene. */
  readonly sceneAtMs: number;
  readonly shows: FrameView['shows'];
  /** Where its answer belongs; undefined of a secondary model. */
  readonly look: Look | undefined;
}

/**
 * The one gate for frames: when the next frame is wanted, for which model it is, whether it may be skipped because nothing
 * has changed, and for which models the labels on the screen still hold. Both backends use it. Each frame passes through
 * `admit`, then through `skipped` or `sent`; `labelled` follows when its labels are there.
 */
export class FrameGate {
  readonly #scene = new StillScene();
  readonly #closer = new CloserLooks();
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
    this.#closer.begin();
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
  admit(capturedAtMs: number, { isProbe = false, canUse, planParts }: AdmitOptions = {}): AdmittedFrame {
    const grabbedAtMs = this.#nowMs();
    this.#lastGrabMs = grabbedAtMs;
    const modelIndex = isProbe ? 0 : this.#roundRobin.next(grabbedAtMs, this.#scene, canUse);
    const isStream = modelIndex === 0 && !isProbe;
    const isPart = isStream && planParts && this.#scene.mayShowParts(grabbedAtMs, this.#closer.shownParts);
    const part = isPart ? this.#closer.next(planParts) : undefined;
    const isOwed = part !== undefined || this.#closer.isWholeDue;
    const skipUnchanged = isStream && !isOwed && this.#scene.maySkip(grabbedAtMs);
    return { modelIndex, skipUnchanged, part, capturedAtMs, grabbedAtMs };
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
   * @param changed whether it shows anything else than the previous one: then it shows the whole
   */
  sent({ modelIndex, part, capturedAtMs, grabbedAtMs }: AdmittedFrame, changed: boolean): SentAs {
    this.#roundRobin.sent(modelIndex, grabbedAtMs);
    if (modelIndex > 0) {
      return { sceneAtMs: this.#scene.sceneTimeOf(capturedAtMs), shows: 'new scene', look: undefined };
    }
    this.#isLabelled = false;
    if (changed) this.#closer.begin();
    return {
      sceneAtMs: this.#scene.sent(capturedAtMs, changed, grabbedAtMs),
      ...this.#closer.sent(changed ? undefined : part),
    };
  }

  /**
   * Labels of a frame have come.
   * @param isLast whether no newer frame waits for its labels
   * @param answer what the model's task says beyond labels
   * @param look as `sent` gave it
   */
  labelled(modelIndex: number, isLast: boolean, answer?: unknown, look?: Look): void {
    if (look) this.#closer.labelled(look);
    this.#roundRobin.labelled(modelIndex, this.#nowMs());
    if (modelIndex === 0) this.#isLabelled = isLast;
    // A scene that stands still would not be sent again.
    if (isUnfinished(answer)) this.wake();
  }

  /** A frame got no labels. @param look as `sent` gave it */
  dropped(look?: Look): void {
    if (look) this.#closer.dropped(look);
    this.wake();
  }

  /** Something was tapped: the next looks at the scene are at its parts, whether it stands still or not. */
  lookCloser(): void {
    this.#closer.replan();
    this.wake();
  }
}
