import type { Label } from '../../protocol/messages.ts';
import { CARRY_DEFAULTS, type CarryOptions } from '../../vision/carry.ts';
import type { CodeLabels } from '../codes/codeScanner.ts';
import type { FrameLabels } from '../recognizers/recognizer.ts';
import { CARRIED_SHAPES } from './carryShapes.ts';
import type { LineSelection } from './lineButtons.ts';
import { type OverlayFrame, OverlayView } from './overlayView.ts';
import {
  confirmBoard,
  EMPTY_BOARD,
  hasSameNames,
  type ShownLabel,
  shownLabels,
  type TrackBoard,
  updateBoard,
} from './trackBoard.ts';

/** Boxes stay where they were last seen and jump to where they are seen next. */
const NOT_CARRIED: CarryOptions = { ...CARRY_DEFAULTS, horizonMs: 0, settleMs: 0 };

export interface LiveOverlayOptions {
  root: HTMLElement;
  /** Where the picture lies now; undefined: not known yet. */
  frame(): OverlayFrame | undefined;
  reducedMotion(): boolean;
  /** The lowest score to show of what the first model sees, 0..1: what is shown keeps it before the next answer does. */
  minScore(): number;
  /** A person pressed the name of a thing. Undefined: names are only to be read. */
  onActivate?: ((label: Label) => void) | undefined;
  /** Which lines of text are selected. */
  lines?: LineSelection | undefined;
  /** The id of the thing that a person locked on to, of those that are shown. */
  lockedAmong?(shown: readonly ShownLabel[]): number | undefined;
  /** Called when a result was drawn the first time, at `drawnAtMs` of the page's clock. */
  onDrawn(frameLabels: FrameLabels, drawnAtMs: number): void;
  /** The same of codes, also where none are in the picture. */
  onCodesDrawn?(codes: CodeLabels, drawnAtMs: number): void;
}

/** While no new picture comes, labels that fade or get too old are updated this often. */
const STANDING_MS = 100;
/** A picture this old is probably followed by none soon. */
const NEXT_PICTURE_MS = 50;
/** The age above which a code is not shown, ms. */
const MAX_CODE_AGE_MS = 1_000;

/**
 * Labels over a moving picture, carried to the picture that is on screen. They are drawn when a new picture is shown, in
 * the same display frame, and not at every display frame: in between nothing moves, and each drawing costs the main
 * thread more than all else that a frame needs. A result moves no box before the next picture (its correction is blended
 * in from there), so it too waits for that one, unless it brings a name or takes one away.
 */
export class LiveOverlay {
  readonly #options: LiveOverlayOptions;
  readonly #view: OverlayView;
  #standing: ReturnType<typeof setTimeout> | undefined;
  /** One for each model. */
  readonly #boards: TrackBoard[] = [];
  #codes = EMPTY_BOARD;
  #shownAtMs = 0;
  /** Results that are not on screen yet. */
  #undrawn: FrameLabels[] = [];
  #undrawnCodes: CodeLabels[] = [];
  #drawnAtMs = 0;
  #handle: number | undefined;

  constructor(options: LiveOverlayOptions) {
    this.#options = options;
    const { root, reducedMotion, onActivate, lines } = options;
    this.#view = new OverlayView(root, { reducedMotion, isStill: false, onActivate, lines });
    this.#drawWhenStanding();
  }

  /** A new picture is on screen from this display frame on. */
  show(capturedAtMs: number): void {
    this.#shownAtMs = capturedAtMs;
    this.#draw();
  }

  /** A new result has come. */
  update(frameLabels: FrameLabels): void {
    const before = this.#boards[frameLabels.modelIndex] ?? EMPTY_BOARD;
    const after = updateBoard(before, frameLabels, this.#times(), this.#carryOptions(), CARRIED_SHAPES);
    this.#boards[frameLabels.modelIndex] = after;
    this.#undrawn.push(frameLabels);
    const isStanding = performance.now() - this.#drawnAtMs >= NEXT_PICTURE_MS;
    if (isStanding || !hasSameNames(before, after)) this.redraw();
  }

  /** Codes that were read on this device, in whatever mode; they have a board next to those of the models. */
  updateCodes(codes: CodeLabels): void {
    const { labels, capturedAtMs } = codes;
    this.#undrawnCodes.push(codes);
    const seen = { session: 'codes', labels, capturedAtMs, maxLabelAgeMs: MAX_CODE_AGE_MS };
    const before = this.#codes;
    this.#codes = updateBoard(before, seen, this.#times(), this.#carryOptions(), CARRIED_SHAPES);
    if (!hasSameNames(before, this.#codes)) this.redraw();
  }

  /** The labels of these models hold for a newer frame as well. */
  confirm(capturedAtMs: number, modelIndexes: readonly number[]): void {
    for (const modelIndex of modelIndexes) {
      const board = this.#boards[modelIndex];
      if (board) this.#boards[modelIndex] = confirmBoard(board, capturedAtMs);
    }
  }

  /** The labels for the picture that is on the screen. */
  shown(): readonly ShownLabel[] {
    const [times, options] = [this.#times(), this.#carryOptions()];
    const minScore = this.#options.minScore();
    // `flatMap` passes over models that have no board yet.
    const things = this.#boards.flatMap((board, modelIndex) =>
      shownLabels(board, times, options, CARRIED_SHAPES).filter(
        ({ label }) => modelIndex > 0 || label.score >= minScore,
      ),
    );
    return [...things, ...shownLabels(this.#codes, times, options, CARRIED_SHAPES)];
  }

  /** Draws in the next display frame, as when the picture lies elsewhere. */
  redraw(): void {
    this.#handle ??= requestAnimationFrame(() => this.#draw());
  }

  close(): void {
    clearTimeout(this.#standing);
    this.#cancelRedraw();
    this.#view.close();
  }

  #draw(): void {
    this.#cancelRedraw();
    this.#drawWhenStanding();
    const frame = this.#options.frame();
    if (frame === undefined) return;
    const shown = this.shown();
    this.#view.draw(shown, frame, this.#options.minScore(), this.#options.lockedAmong?.(shown));
    const drawnAtMs = performance.now();
    this.#drawnAtMs = drawnAtMs;
    for (const codes of this.#undrawnCodes.splice(0)) this.#options.onCodesDrawn?.(codes, drawnAtMs);
    for (const frameLabels of this.#undrawn.splice(0)) {
      const isShown = drawnAtMs - frameLabels.capturedAtMs < frameLabels.maxLabelAgeMs;
      if (!isShown) continue;
      this.#options.root.dataset.backend = frameLabels.backend;
      this.#options.onDrawn(frameLabels, drawnAtMs);
    }
  }

  /** Put off by each drawing: while pictures come it never fires, where a timer that looks costs the page a task each time. */
  #drawWhenStanding(): void {
    clearTimeout(this.#standing);
    this.#standing = setTimeout(() => this.#draw(), STANDING_MS);
  }

  #cancelRedraw(): void {
    if (this.#handle !== undefined) cancelAnimationFrame(this.#handle);
    this.#handle = undefined;
  }

  #times() {
    return { shownAtMs: this.#shownAtMs, nowMs: performance.now() };
  }

  #carryOptions(): CarryOptions {
    return this.#options.reducedMotion() ? NOT_CARRIED : CARRY_DEFAULTS;
  }
}
