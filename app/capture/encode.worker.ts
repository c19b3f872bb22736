import { followsPicture, inputFor } from '../../vision/steps.ts';
import { copyPixels } from './copyPixels.ts';
import { drawFitted, MAX_FRAME_SIDE_PX, sizeOf } from './drawFitted.ts';
import type { EncodeAnswer, EncodeJob, EncodeRequest, EncodeResult } from './encodeJob.ts';
import { encodeWithin } from './encodeWithin.ts';
import { encodeJpegWithin } from './jpeg/encodeJpegWithin.ts';
import { EncoderChoice } from './jpeg/encoderChoice.ts';
import { probeReaders } from './probeReaders.ts';
import type { PixelReport } from './readback.ts';
import { SceneQuality } from './sceneQuality.ts';
import { SceneWatch, type SeenChange } from './sceneWatch.ts';

// One picture at a time: the page sends the next one only after the answer to this one.
let canvas: OffscreenCanvas | undefined;
const scene = new SceneWatch();
const choice = new EncoderChoice();
const qualities = new SceneQuality();
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
  quality: wanted,
  maxBytes = Number.POSITIVE_INFINITY,
  keepsColours: asksForColours,
  skipUnchanged,
  isSignOfLife = false,
  ...watch
}: EncodeJob): Promise<EncodeResult> {
  const sized = inputFor(input, sizeOf(picture), MAX_FRAME_SIDE_PX);
  const { width, height } = sized;
  let pixels: Uint8ClampedArray | undefined;
  let seen: SeenChange;
  const keepsColours = asksForColours && choice.keepsColours(performance.now());
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
    const read = () => {
      pixels ??= context.getImageData(0, 0, width, height).data;
      return pixels;
    };
    seen = scene.compare(read, sized, sizeOf(picture), watch);
    if (!seen.changed && skipUnchanged) return { ok: true, image: undefined, changed: false };
    if (seen.part) {
      drawFitted(context, picture, sized, seen.part);
      pixels = await copy(canvas);
    }
    // What the canvas encodes is as false as what it gives.
    pixels = keepsColours || reader === 'video-frame' ? read() : undefined;
  } finally {
    picture.close();
  }
  scene.keep();
  const isWhole = !watch.isSecondary && !seen.part;
  const quality = isWhole ? qualities.of({ wanted, changed: seen.changed, isSignOfLife }) : wanted;
  if (pixels) {
    const startedAtMs = performance.now();
    const options = { width, height, quality, maxBytes, canShrink: followsPicture(input) };
    const image = await encodeJpegWithin(pixels, options);
    const endedAtMs = performance.now();
    if (keepsColours) choice.took(endedAtMs - startedAtMs, endedAtMs);
    return { ok: true, image, format: 'jpeg', keptColours: true, ...seen };
  }
  const drawn = canvas;
  const blob = await encodeWithin(
    maxBytes,
    quality,
    (at, scale) => shrunk(drawn, scale).convertToBlob({ type: 'image/jpeg', quality: at }),
    followsPicture(input),
  );
  return {
    ok: true,
    image: new Uint8Array(await blob.arrayBuffer()),
    format: 'jpeg',
    keptColours: false,
    ...seen,
  };
}

function shrunk(drawn: OffscreenCanvas, scale: number): OffscreenCanvas {
  if (scale === 1) return drawn;
  const side = (px: number) => Math.max(1, Math.round(px * scale));
  const smaller = new OffscreenCanvas(side(drawn.width), side(drawn.height));
  const context = smaller.getContext('2d', { alpha: false });
  if (context === null) throw new Error('This browser has no 2D canvas in workers.');
  context.imageSmoothingQuality = 'medium';
  context.drawImage(drawn, 0, 0, smaller.width, smaller.height);
  return smaller;
}

function answer(message: EncodeAnswer, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}
