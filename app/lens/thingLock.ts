import type { Label } from '../../protocol/messages.ts';
import type { Box } from '../../vision/geometry.ts';
import { canvasToPng } from '../capture/canvasToPng.ts';
import { cropPicture } from '../capture/cropPicture.ts';
import type { ShownLabel } from '../overlay/trackBoard.ts';
import type { LensContext } from './lensContext.ts';
import { followLock, type Lock, lockOn } from './lockOn.ts';

/** The thing that a person locked on to: followed from picture to picture, until it is let go. */
export class ThingLock {
  readonly #context: LensContext;
  #lock: Lock | undefined;
  /** What it looked like when it was locked, for when it is out of sight. */
  #crop: Promise<Blob> | undefined;
  #shown: readonly ShownLabel[] = [];

  constructor(context: LensContext) {
    this.#context = context;
  }

  /** Undefined: nothing is locked. */
  get lock(): Lock | undefined {
    return this.#lock;
  }

  /** Where things are seen now, in 0..1 of the picture: no lines of text, and no codes. */
  get boxes(): readonly Box[] {
    return this.#shown.flatMap(({ label, box, leaving }) =>
      box && !leaving && label.text === undefined && label.format === undefined ? [box] : [],
    );
  }

  /** Opens what was read; locks on to any other thing that is shown, and lets it go where it is locked already. */
  toggle(label: Label): void {
    const { text = '', format, bytes } = label;
    if (label.text !== undefined || bytes !== undefined) {
      this.#context.store.dispatch({ type: 'opened', opened: { text, format, bytes } });
      return;
    }
    if (this.#lock?.label.id === label.id) {
      this.release();
      return;
    }
    const box = this.#shown.find((one) => one.label.id === label.id)?.box ?? label.box;
    this.#lock = lockOn(label, box, performance.now());
    // Frames of a magnified picture show the part in view, closely already, and boxes are of the whole.
    const { magnified } = this.#context.store.getState();
    this.#context.recognizer.lookCloser(magnified > 1 ? undefined : box);
    this.#crop = this.#cropNow();
    // Who asks for it is told.
    this.#crop.catch(() => {});
    void this.#context.history.add({ kind: 'thing', label: label.label, text: label.text }, this.#crop);
    this.#report();
  }

  /** Idempotent. */
  release(): void {
    if (this.#lock === undefined) return;
    this.#lock = undefined;
    this.#crop = undefined;
    this.#context.recognizer.lookCloser(undefined);
    this.#context.store.dispatch({ type: 'locked', locked: undefined });
  }

  /**
   * Follows it to what is shown now.
   * @returns its id, if it is among that
   */
  readonly among = (shown: readonly ShownLabel[]): number | undefined => {
    this.#shown = shown;
    if (this.#lock === undefined) return undefined;
    const staying = shown.filter(({ leaving }) => !leaving);
    this.#lock = followLock(this.#lock, staying, performance.now());
    this.#report();
    return this.#lock.label.id;
  };

  /**
   * What it looks like, as a PNG in the picture's own pixels: now, or when it was locked, if it is out of sight.
   * @throws Error if nothing is locked, or the browser cannot draw it
   */
  async crop(): Promise<Blob> {
    if (this.#lock === undefined || this.#crop === undefined) throw new Error('Nothing is locked.');
    return this.#lock.isInSight ? this.#cropNow() : this.#crop;
  }

  async #cropNow(): Promise<Blob> {
    const { elements, store, pixels } = this.#context;
    const isPicture = store.getState().view.kind === 'picture';
    const canvas = cropPicture(isPicture ? elements.picture : elements.video, this.#lock?.box);
    try {
      return await canvasToPng(canvas, pixels.access !== 'video-frame');
    } finally {
      canvas.width = 0;
    }
  }

  /** Only what a person reads of it: its score changes with every frame. */
  #report(): void {
    if (this.#lock === undefined) return;
    const { label, isInSight } = this.#lock;
    const { locked } = this.#context.store.getState();
    const isSame =
      locked?.label.id === label.id &&
      locked.label.label === label.label &&
      locked.label.text === label.text &&
      locked.isInSight === isInSight;
    if (!isSame) this.#context.store.dispatch({ type: 'locked', locked: { label, isInSight } });
  }
}
