import { drawFitted } from '../../app/capture/drawFitted.ts';
import { encodeJpeg } from '../../app/capture/jpeg/encodeJpeg.ts';
import type { ModelInfo } from '../../protocol/messages.ts';
import { median } from '../stats.ts';

/** Runs in a browser: draws pictures as the page's encoder does, and encodes them in several ways. */
declare global {
  interface Window {
    encodingBench: typeof encodingBench;
  }
}

/** One way to encode a frame. */
export interface FrameSetting {
  /** `page`: the page's own JPEG, which keeps the colour of each pixel; the others: by the browser. */
  readonly type: 'page' | 'image/jpeg' | 'image/webp' | 'image/png';
  /** 0..1 */
  readonly quality: number;
  /** Of the sides of the model's input. */
  readonly scale: number;
}

export interface EncodedFrame {
  readonly base64: string;
  /** Median of some, ms. */
  readonly encodeMs: number;
}

export interface EncodeOrder {
  /** A picture of a camera, JPEG or PNG. */
  readonly base64: string;
  readonly input: ModelInfo['input'];
  readonly settings: readonly FrameSetting[];
}

const RUNS = 3;

const encodingBench = {
  /** In the order of the settings; undefined where this browser has no such encoder. */
  async encode({ base64, input, settings }: EncodeOrder): Promise<(EncodedFrame | undefined)[]> {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes]));
    const frames: (EncodedFrame | undefined)[] = [];
    for (const setting of settings) frames.push(await encodeOnce(picture, input, setting));
    picture.close();
    return frames;
  },
};

async function encodeOnce(
  picture: ImageBitmap,
  given: ModelInfo['input'],
  setting: FrameSetting,
): Promise<EncodedFrame | undefined> {
  const [width, height] = [given.width, given.height].map((side) => Math.round(side * setting.scale));
  const input = { ...given, width: width ?? 0, height: height ?? 0 };
  const canvas = new OffscreenCanvas(input.width, input.height);
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (context === null) throw new Error('This browser has no 2D canvas.');
  context.imageSmoothingQuality = 'medium';
  drawFitted(context, picture, input);
  const times: number[] = [];
  let encoded: Uint8Array | undefined;
  for (let run = 0; run < RUNS; run++) {
    const startedAt = performance.now();
    encoded = await encodeCanvas(canvas, context, setting);
    times.push(performance.now() - startedAt);
  }
  if (encoded === undefined) return undefined;
  let text = '';
  for (const byte of encoded) text += String.fromCharCode(byte);
  return { base64: btoa(text), encodeMs: median(times) };
}

async function encodeCanvas(
  canvas: OffscreenCanvas,
  context: OffscreenCanvasRenderingContext2D,
  { type, quality }: FrameSetting,
): Promise<Uint8Array | undefined> {
  const { width, height } = canvas;
  if (type === 'page')
    return encodeJpeg(context.getImageData(0, 0, width, height).data, { width, height, quality });
  const blob = await canvas.convertToBlob({ type, quality });
  return blob.type === type ? new Uint8Array(await blob.arrayBuffer()) : undefined;
}

window.encodingBench = encodingBench;
