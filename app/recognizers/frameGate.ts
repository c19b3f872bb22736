import type { FrameView } from '../../protocol/frame.ts';
import type { Box } from '../../vision/geometry.ts';
import { isUnfinished } from '../../vision/text/unread.ts';
import type { SeenChange } from '../capture/sceneWatch.ts';
import { CloserLooks, type Look } from './closerLooks.ts';
import { ModelRoundRobin } from './modelRoundRobin.ts';
import { MotionLooks } from './motionLooks.ts';
import { type PowerSaver, type SavingReason, watchPowerSaver } from './powerSaver.ts';
import { StillScene } from './stillScene.ts';

/** A frame that is worth sending, and for which model. */
export interface AdmittedFrame {
  /** 0 is the primary model; from 1 on the secondary ones. */
  readonly modelIndex: number;
  /** Whether the frame is dropped if it shows what the previous one showed. */
  readonly skipUnchanged: boolean;
  /** Whether it only shows, if nothing has changed, that a still scene goes on. */
  readonly isSignOfLife: boolean;
  /** The part of the scene to show, if nothing has changed, in 0..1 of the whole; undefined: the whole. */
  readonly part: Box | undefined;
  /** Whether to show the part that moves, if little does. */
  readonly followsMotion: boolean;
  /** Whether parts are of use to the model. */
  readonly seesParts: boolean;
  readonly capturedAtMs: number;
  /** When it was admitted, ms of the page's clock. */
  readonly grabbedAtMs: number;
}

interface AdmitOptions {
  /** For the primary model, whether anything has changed or not. Default false. */
  readonly isProbe?: boolean;
  /** The model of the frame. Default: `nextModel`. */
  readonly modelIndex?: number | undefined;
  /** See `nextModel`. */
  canUse?(modelIndex: number): boolean;
  /** The parts of a still scene that are worth a look of the primary model, best first. Default: none. */
  planParts?: (() => Box[]) | undefined;
}

/** Weight of the newest wait and run in those that are usual. */
const NEWEST = 0.1;
/** A server where frames wait for more than this many runs is shared with others, or too small. */
const CROWDED_RUNS = 2;

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
  readonly #motion = new MotionLooks();
  readonly #roundRobin = new ModelRoundRobin();
  readonly #powerSaver: PowerSaver;
  readonly #nowMs: () => number;
  #lastGrabMs = Number.NEGATIVE_INFINITY;
  /** Whether the last frame of the primary model has its labels: then they hold for what shows the same. */
  #isLabelled = false;
  /** What is usual at the server; undefined before the first labels. */
  #usual: { readonly queueMs: number; readonly inferMs: number } | undefined;

  /** Default: the power saver and the clock of this page. */
  constructor({ powerSaver = watchPowerSaver(), nowMs = () => performance.now() } = {}) {
    this.#powerSaver = powerSaver;
    this.#nowMs = nowMs;
  }

  /**
   * Other models, or a backend that has not seen the scene.
   * @param holdsMs for which the tracker of each model shows what is gone; the first is the primary model's
   */
  reset(holdsMs: readonly number[]): void {
    this.#usual = undefined;
    this.#isLabelled = false;
    this.#closer.begin();
    this.#scene.reset(Math.max(0, ...holdsMs));
    this.#roundRobin.reset(holdsMs.slice(1));
    this.wake();
  }

  /** The next frames are sent, changed or not: what the last one showed is not known to the backend. */
  wake(): void {
    this.#scene.wake(this.#nowMs());
  }

  /** Whether enough time has passed since the last frame. @param intervalMs the least time between two frames */
  isDue(intervalMs = 0): boolean {
    const nowMs = this.#nowMs();
    if (!this.#closer.isKnownByWhole && this.#motion.isWorthWaiting(nowMs)) return false;
    return nowMs - this.#lastGrabMs >= Math.max(intervalMs, this.#powerSaver.intervalMs());
  }

  /**
   * The model whose turn it is.
   * @param canUse whether a model can take the frame; one that cannot is passed over. Default: all can
   */
  nextModel(canUse?: (modelIndex: number) => boolean): number {
    return this.#roundRobin.next(this.#nowMs(), this.#scene, canUse, this.#isCrowded);
  }

  get #isCrowded(): boolean {
    return this.#usual !== undefined && this.#usual.queueMs > CROWDED_RUNS * this.#usual.inferMs;
  }

  /** Why frames are not to be larger than needed; undefined where nothing speaks against it. */
  get saving(): SavingReason | 'server' | undefined {
    return this.#powerSaver.reason ?? (this.#isCrowded ? 'server' : undefined);
  }

  /** Takes a frame in. */
  admit(
    capturedAtMs: number,
    { isProbe = false, modelIndex: wanted, canUse, planParts }: AdmitOptions = {},
  ): AdmittedFrame {
    const grabbedAtMs = this.#nowMs();
    this.#lastGrabMs = grabbedAtMs;
    const modelIndex = isProbe ? 0 : (wanted ?? this.nextModel(canUse));
    const isStream = modelIndex === 0 && !isProbe;
    const seesParts = isStream && planParts !== undefined;
    const isPart = seesParts && this.#scene.mayShowParts(grabbedAtMs, this.#closer.shownParts);
    const part = isPart ? this.#closer.next(planParts) : undefined;
    const followsMotion = seesParts && this.#closer.isKnownByWhole && this.#motion.isDue(grabbedAtMs);
    const isOwed = part !== undefined || this.#closer.isWholeDue;
    const skipUnchanged = isStream && !isOwed && this.#scene.maySkip(grabbedAtMs);
    const isSignOfLife = isStream && this.#scene.isSettled(grabbedAtMs);
    return {
      modelIndex,
      skipUnchanged,
      isSignOfLife,
      part,
      followsMotion,
      seesParts,
      capturedAtMs,
      grabbedAtMs,
    };
  }

  /**
   * The frame shows what the previous one showed, and is dropped.
   * @returns the models whose labels hold for this frame too; empty while the primary model's labels are not known
   */
  skipped({ capturedAtMs }: AdmittedFrame): readonly number[] {
    this.#scene.skipped(capturedAtMs);
    this.#roundRobin.skipped();
    return this.#isLabelled ? this.#roundRobin.upToDate(this.#scene) : [];
  }

  /**
   * The frame goes to its model.
   * @param seen what it shows next to the previous one
   */
  sent(
    { modelIndex, seesParts, capturedAtMs, grabbedAtMs }: AdmittedFrame,
    { changed, moving, part }: SeenChange,
  ): SentAs {
    this.#roundRobin.sent(modelIndex, grabbedAtMs);
    if (modelIndex > 0) {
      return { sceneAtMs: this.#scene.sceneTimeOf(capturedAtMs), shows: 'new scene', look: undefined };
    }
    this.#isLabelled = false;
    const sceneAtMs = this.#scene.sent(capturedAtMs, changed, grabbedAtMs);
    if (part === undefined) this.#motion.sentWhole(grabbedAtMs, seesParts && moving !== undefined);
    if (changed && part) {
      this.#motion.followed(grabbedAtMs);
      return { sceneAtMs, ...this.#closer.followed(part, grabbedAtMs) };
    }
    if (changed) this.#closer.begin();
    return { sceneAtMs, ...this.#closer.sent(part, grabbedAtMs) };
  }

  /**
   * Labels of a frame have come.
   * @param isLast whether no newer frame waits for its labels
   * @param answer what the model's task says beyond labels
   * @param look as `sent` gave it
   */
  labelled(modelIndex: number, isLast: boolean, answer?: unknown, look?: Look): void {
    if (look) {
      this.#closer.labelled(look);
      this.#motion.answered(look.grabbedAtMs, this.#nowMs());
    }
    this.#roundRobin.labelled(modelIndex, this.#nowMs());
    if (modelIndex === 0) this.#isLabelled = isLast;
    // A scene that stands still would not be sent again.
    if (isUnfinished(answer)) this.wake();
  }

  /** How long the frame of these labels waited at the server, and ran there, ms. */
  waited({ queueMs, inferMs }: { queueMs: number; inferMs: number }): void {
    const { queueMs: queue, inferMs: run } = this.#usual ?? { queueMs, inferMs };
    this.#usual = { queueMs: queue + NEWEST * (queueMs - queue), inferMs: run + NEWEST * (inferMs - run) };
  }

  /** A frame got no labels, or the backend did not take it. @param look as `sent` gave it */
  dropped(modelIndex: number, look?: Look): void {
    this.#roundRobin.dropped(modelIndex);
    // What a secondary model has not seen is still due.
    if (modelIndex > 0) return;
    if (look) this.#closer.dropped(look);
    this.wake();
  }

  /** Something was tapped: the next looks at the scene are at its parts, whether it stands still or not. */
  lookCloser(): void {
    this.#closer.replan();
    this.wake();
  }
}
