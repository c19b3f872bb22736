import type { FrameEncoder } from '../../capture/frameEncoder.ts';

/** As the shipped model sees pictures. */
const INPUT = { width: 300, height: 300, fit: 'stretch' } as const;
const QUALITY = 0.7;
/** The first starts the encoder. */
const PICTURES = 3;

export interface EncodedLook {
  readonly format: string;
  readonly bytes: number;
  /** Of the quickest, ms. */
  readonly tookMs: number;
}

/**
 * Encodes pictures by the encoder that the stream uses.
 * @throws Error if it cannot
 */
export async function encodePicture(encoder: FrameEncoder): Promise<EncodedLook> {
  let best: EncodedLook | undefined;
  for (let at = 0; at < PICTURES; at += 1) {
    const picture = await drawPicture(at);
    const startedMs = performance.now();
    const encoded = await encoder.encode(picture, {
      input: INPUT,
      quality: QUALITY,
      keepsColours: true,
      skipUnchanged: false,
      isSecondary: true,
    });
    const tookMs = performance.now() - startedMs;
    if (encoded.image === undefined) throw new Error('The encoder gave no picture.');
    if (best === undefined || tookMs < best.tookMs) {
      best = { format: encoded.format, bytes: encoded.image.byteLength, tookMs };
    }
  }
  if (best === undefined) throw new Error('The encoder gave no picture.');
  return best;
}

/** Something to see, of a camera's size. */
async function drawPicture(shift: number): Promise<ImageBitmap> {
  const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) throw new Error('This browser has no 2D canvas.');
  const gradient = context.createLinearGradient(0, 0, 640, 480);
  gradient.addColorStop(0, '#204080');
  gradient.addColorStop(1, '#e0c060');
  context.fillStyle = gradient;
  context.fillRect(0, 0, 640, 480);
  context.fillStyle = '#c03030';
  context.fillRect(100 + 20 * shift, 100, 200, 150);
  return createImageBitmap(canvas);
}
