import type { EncodeJob, EncodeResult } from './encodeJob.ts';

// One picture at a time: the page sends the next one only after the answer to this one.
let canvas: OffscreenCanvas | undefined;

self.onmessage = (event: MessageEvent<EncodeJob>) => {
  void encode(event.data).then(
    (jpeg) => answer({ ok: true, jpeg }, [jpeg]),
    (error: unknown) => answer({ ok: false, message: String(error) }),
  );
};

async function encode({ picture, size, quality }: EncodeJob): Promise<ArrayBuffer> {
  try {
    if (canvas?.width !== size.width || canvas.height !== size.height) {
      canvas = new OffscreenCanvas(size.width, size.height);
    }
    // Opaque, and kept in memory: every picture drawn is read back at once.
    const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
    if (context === null) throw new Error('This browser has no 2D canvas in workers.');
    // Without it a large picture is sampled at single points and small things vanish.
    context.imageSmoothingQuality = 'medium';
    context.drawImage(picture, 0, 0, size.width, size.height);
  } finally {
    picture.close();
  }
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality });
  return blob.arrayBuffer();
}

function answer(result: EncodeResult, transfer: Transferable[] = []): void {
  self.postMessage(result, { transfer });
}
