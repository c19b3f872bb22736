import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EncodeAnswer } from './encodeJob.ts';
import { createFrameEncoder, type EncodeOptions } from './frameEncoder.ts';
import type { GrabbedFrame } from './grabFrames.ts';

const OPTIONS: EncodeOptions = {
  input: { width: 8, height: 8, fit: 'stretch' },
  quality: 0.8,
  keepsColours: true,
  skipUnchanged: false,
  isSecondary: false,
};

/** Answers each picture; takes no picture that was closed, as structured clone does. */
class StandInWorker {
  onmessage: ((event: { data: EncodeAnswer }) => void) | undefined;

  postMessage({ picture }: { picture: GrabbedFrame['picture'] & { isClosed?: boolean } }) {
    if (picture.isClosed) throw new DOMException('The picture is detached.', 'DataCloneError');
    const result = {
      ok: true,
      image: new Uint8Array([1]),
      format: 'jpeg',
      keptColours: true,
      changed: true,
    } as const;
    queueMicrotask(() => this.onmessage?.({ data: { type: 'encoded', result } }));
  }

  terminate() {}
}

test('a picture that was closed before it is encoded fails alone: the encoder takes the next one', async (t) => {
  t.after(() => {
    Reflect.deleteProperty(globalThis, 'Worker');
    Reflect.deleteProperty(globalThis, 'OffscreenCanvas');
  });
  Object.assign(globalThis, { Worker: StandInWorker, OffscreenCanvas: OffscreenCanvasStandIn });
  const encoder = createFrameEncoder();
  const picture = { width: 8, height: 8, close() {} };
  await assert.rejects(encoder.encode({ ...picture, isClosed: true } as GrabbedFrame['picture'], OPTIONS), {
    name: 'DataCloneError',
  });
  assert.equal(encoder.busy, false);
  const { image } = await encoder.encode(picture, OPTIONS);
  assert.deepEqual(image, new Uint8Array([1]));
});

class OffscreenCanvasStandIn {
  convertToBlob() {}
}
