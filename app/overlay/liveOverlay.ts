import { CARRY_DEFAULTS, type CarryOptions } from '../../vision/carry.ts';
import type { Labelling } from '../recognizers/recognizer.ts';
import { type OverlayFrame, OverlayView } from './overlayView.ts';
import { confirmBoard, EMPTY_BOARD, shownLabels, type TrackBoard, updateBoard } from './trackBoard.ts';

/** Boxes stay where they were last seen and jump to where they are seen next. */
const NOT_CARRIED: CarryOptions = { ...CARRY_DEFAULTS, horizonMs: 0, settleMs: 0 };

export interface LiveOverlayOptions {
  root: HTMLElement;
  /** Where the picture lies now; undefined: not known yet. */
  frame(): OverlayFrame | undefined;
  reducedMotion(): boolean;
  /** Called when a result was drawn the first time, at `drawnAtMs` of the page's clock. */
  onDrawn(labelling: Labelling, drawnAtMs: number): void;
}

/** Labels over a moving picture: drawn once per display frame, carried to the picture that is on screen then. */
export class LiveOverlay {
  readonly #options: LiveOverlayOptions;
  readonly #view: OverlayView;
  #board: TrackBoard = EMPTY_BOARD;
  #shownAtMs = 0;
  /** Results that are not on screen yet. */
  #undrawn: Labelling[] = [];
  #handle: number;

  constructor(options: LiveOverlayOptions) {
    this.#options = options;
    this.#view = new OverlayView(options.root);
    this.#handle = requestAnimationFrame(this.#draw);
  }

  /** A new picture is on screen. */
  show(capturedAtMs: number): void {
    this.#shownAtMs = capturedAtMs;
  }

  /** A new result has come. */
  update(labelling: Labelling): void {
    this.#board = updateBoard(this.#board, labelling, this.#times(), this.#carryOptions());
    this.#undrawn.push(labelling);
  }

  /** The labels hold for a newer frame as well. */
  confirm(capturedAtMs: number): void {
    this.#board = confirmBoard(this.#board, capturedAtMs);
  }

  close(): void {
    cancelAnimationFrame(this.#handle);
    this.#view.close();
  }

  readonly #draw = (): void => {
    this.#handle = requestAnimationFrame(this.#draw);
    const frame = this.#options.frame();
    if (frame === undefined) return;
    this.#view.draw(shownLabels(this.#board, this.#times(), this.#carryOptions()), frame);
    const drawnAtMs = performance.now();
    for (const labelling of this.#undrawn.splice(0)) {
      const isShown = drawnAtMs - labelling.capturedAtMs < labelling.boundMs;
      if (isShown) this.#options.onDrawn(labelling, drawnAtMs);
    }
  };

  #times() {
    return { shownAtMs: this.#shownAtMs, nowMs: performance.now() };
  }

  #carryOptions(): CarryOptions {
    return this.#options.reducedMotion() ? NOT_CARRIED : CARRY_DEFAULTS;
  }
}
