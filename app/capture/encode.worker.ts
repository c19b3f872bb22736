import { drawFitted } from './drawFitted.ts';
import type { EncodeJob, EncodeResult } from './encodeJob.ts';
import { isUnchanged, type LumaGrid, lumaGrid } from './stillness.ts';

// One picture at a time: the page sends the next one only after the answer to this one.
let canvas: OffscreenCanvas | undefined;
/** Of the last picture that was encoded. */
let lastGrid: LumaGrid | undefined;

self.onmessage = (event: MessageEvent<EncodeJob>) => {
  void encode(event.data).then(
    (result) => answer(result, result.ok && result.jpeg ? [result.jpeg] : []),
    (error: unknown) => answer({ ok: false, message: String(error) }),
  );
};

async function encode({ picture, input, quality, skipUnchanged, isAside }: EncodeJob): Promise<EncodeResult> {
  let grid: LumaGrid | undefined;
  try {
    const { width, height } = input;
    if (canvas?.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
    // Opaque, and kept in memory: every picture drawn is read back at once.
    const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
    if (context === null) throw new Error('This browser has no 2D canvas in workers.');
    // Without it a large picture is sampled at single points and small things vanish.
    context.imageSmoothingQuality = 'medium';
    drawFitted(context, picture, input);
    if (!isAside) grid = lumaGrid(context.getImageData(0, 0, width, height).data, width, height);
  } finally {
    picture.close();
  }
  const changed = lastGrid === undefined || grid === undefined || !isUnchanged(lastGrid, grid);
  if (!changed && skipUnchanged) return { ok: true, jpeg: undefined, changed };
  lastGrid = grid ?? lastGrid;
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality });
  return { ok: true, jpeg: await blob.arrayBuffer(), changed };
}

function answer(result: EncodeResult, transfer: Transferable[] = []): void {
  self.postMessage(result, { transfer });
}
