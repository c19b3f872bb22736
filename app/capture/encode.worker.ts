import { inputFor } from '../../vision/steps.ts';
import { copyPixels } from './copyPixels.ts';
import { drawFitted, MAX_FRAME_SIDE_PX, sizeOf } from './drawFitted.ts';
import type { EncodeAnswer, EncodeJob, EncodeRequest, EncodeResult } from './encodeJob.ts';
import { encodePng } from './encodePng.ts';
import { probeReaders } from './probeReaders.ts';
import type { PixelReport } from './readback.ts';
import { isUnchanged, type LumaGrid, lumaGrid } from './stillness.ts';

// One picture at a time: the page sends the next one only after the answer to this one.
let canvas: OffscreenCanvas | undefined;
/** Of the last picture that was encoded. */
let lastGrid: LumaGrid | undefined;
/** How pixels are read here, as it was found out last. */
let report: Promise<PixelReport> | undefined;

self.onmessage = ({ data }: MessageEvent<EncodeRequest>) => {
  if (data.type === 'probe') {
    const probe = probeReaders();
    // Pictures go on as before until something else is known.
    report ??= probe;
    void probe.then((found) => {
      report = probe;
      answer({ type: 'report', report: found });
    });
    return;
  }
  void encode(data).then(
    (result) => answer({ type: 'encoded', result }, result.ok && result.image ? [result.image.buffer] : []),
    (error: unknown) => answer({ type: 'encoded', result: { ok: false, message: String(error) } }),
  );
};

async function encode({
  picture,
  input,
  quality,
  skipUnchanged,
  isSecondary,
  part,
}: EncodeJob): Promise<EncodeResult> {
  const sized = inputFor(input, sizeOf(picture), MAX_FRAME_SIDE_PX);
  const { width, height } = sized;
  let grid: LumaGrid | undefined;
  let pixels: Uint8ClampedArray | undefined;
  let changed = true;
  try {
    report ??= probeReaders();
    const { reader } = await report;
    // Noise is not worth sending, and a model would see things in it.
    if (reader === 'none')
      return { ok: false, message: 'This browser does not give the pixels of pictures.' };
    if (canvas?.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
    // Opaque, and kept in memory: every picture drawn is read back at once.
    const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
    if (context === null) throw new Error('This browser has no 2D canvas in workers.');
    // Without it a large picture is sampled at single points and small things vanish.
    context.imageSmoothingQuality = 'medium';
    drawFitted(context, picture, sized);
    const copy = async (drawn: OffscreenCanvas) =>
      reader === 'video-frame' ? copyPixels(drawn, new Uint8ClampedArray(4 * width * height)) : undefined;
    pixels = await copy(canvas);
    if (!isSecondary) {
      grid = lumaGrid(pixels ?? context.getImageData(0, 0, width, height).data, width, height);
    }
    changed = lastGrid === undefined || grid === undefined || !isUnchanged(lastGrid, grid);
    if (!changed && skipUnchanged) return { ok: true, image: undefined, changed };
    if (!changed && part) {
      drawFitted(context, picture, sized, part);
      pixels = await copy(canvas);
    }
  } finally {
    picture.close();
  }
  lastGrid = grid ?? lastGrid;
  if (pixels) {
    return { ok: true, image: await encodePng(pixels, { width, height, quality }), format: 'png', changed };
  }
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality });
  return { ok: true, image: new Uint8Array(await blob.arrayBuffer()), format: 'jpeg', changed };
}

function answer(message: EncodeAnswer, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}
