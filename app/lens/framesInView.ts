import type { Label } from '../../protocol/messages.ts';
import { placedInPicture, pointInPicture } from '../../vision/fit.ts';
import { type Box, WHOLE } from '../../vision/geometry.ts';
import { mapQuad } from '../../vision/quad.ts';
import { toLabel } from '../../vision/toLabel.ts';
import type { FrameSink } from '../capture/grabFrames.ts';

/** More frames than ever wait for their labels at once. */
const MAX_KEPT = 64;

/** Remembers which part of the source each frame shows, so that its labels are put where they belong in the whole. */
export class FramesInView {
  /** By the time at which a frame was captured; frames of the whole are not in it. */
  readonly #parts = new Map<number, Box>();

  /** @returns a sink that hands frames on */
  before(sink: FrameSink): FrameSink {
    return {
      wantsFrame: () => sink.wantsFrame(),
      push: (frame) => {
        const { capturedAtMs, part } = frame;
        if (part) this.#parts.set(capturedAtMs, part);
        for (const oldest of this.#parts.keys()) {
          if (this.#parts.size <= MAX_KEPT) break;
          this.#parts.delete(oldest);
        }
        sink.push(frame);
      },
    };
  }

  /** Labels of a frame with all places in 0..1 of the whole source. */
  inSource(labels: readonly Label[], capturedAtMs: number): readonly Label[] {
    const part = this.#parts.get(capturedAtMs);
    if (part === undefined) return labels;
    const fitted = { part, inputRect: WHOLE };
    return labels.map((label) => {
      const { quad } = label;
      const placed = toLabel({
        ...placedInPicture(label, fitted),
        ...(quad && { quad: mapQuad(quad, (corner) => pointInPicture(corner, fitted)) }),
      });
      return { ...label, ...placed };
    });
  }
}
