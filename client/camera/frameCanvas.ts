import { canvasToBlob } from '../../app/capture/canvasToBlob.ts';
import { drawFitted, MAX_FRAME_SIDE_PX, sizeOf } from '../../app/capture/drawFitted.ts';
import type { GrabbedFrame } from '../../app/capture/grabFrames.ts';
import type { ModelInfo } from '../../protocol/messages.ts';
import type { Fitted } from '../../vision/fit.ts';
import { fitPicture, inputFor } from '../../vision/steps.ts';

/** Encodes pictures exactly as a model sees them, on a canvas of the page: no worker, which would be a second file to serve. */
export class FrameCanvas {
  readonly #canvas = document.createElement('canvas');

  /**
   * @param quality of the JPEG, 0..1
   * @returns the JPEG, and which part of the picture it shows
   * @throws Error if this browser has no canvas, or cannot encode
   */
  async encode(
    picture: GrabbedFrame['picture'],
    model: ModelInfo,
    quality: number,
  ): Promise<{ image: Uint8Array; fitted: Fitted }> {
    const size = sizeOf(picture);
    const input = inputFor(model.input, size, MAX_FRAME_SIDE_PX);
    this.#canvas.width = input.width;
    this.#canvas.height = input.height;
    const context = this.#canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('This browser has no 2D canvas.');
    drawFitted(context, picture, input);
    const blob = await canvasToBlob(this.#canvas, 'image/jpeg', quality);
    return { image: new Uint8Array(await blob.arrayBuffer()), fitted: fitPicture(size, model.input) };
  }

  close(): void {
    // Safari keeps a canvas's memory until it is empty.
    this.#canvas.width = 0;
    this.#canvas.height = 0;
  }
}
