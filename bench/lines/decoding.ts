import sharp from 'sharp';
import { decode, decodeAsSent, setDecodeThreads } from '../../server/inference/decode.ts';
import { frameOf, photo } from '../../server/testing/media.ts';
import { pageFrame } from '../pageFrame.ts';
import { type BenchLine, result } from '../result.ts';
import { quantile } from '../stats.ts';

const RUNS = 200;
/** V8 compiles WebAssembly well only once it has run for a while. */
const WARM_RUNS = 100;

type Input = Parameters<typeof decode>[2];
const square = (side: number, described: Omit<Input, 'width' | 'height'>): Input => ({
  width: side,
  height: side,
  ...described,
});

/** What a worker pays for a picture before the model runs, on one thread: a frame that a page has prepared, and pictures that it prepares. */
export const measure: BenchLine = async () => {
  setDecodeThreads(1);
  const frame = await frameOf('cup.png');
  const picture = await sharp(await photo('cup.png'))
    .resize(640, 480, { fit: 'fill' })
    .flatten()
    .jpeg({ quality: 85 })
    .toBuffer();
  const measured = async (image: Uint8Array, input: Input, isFitted: boolean) => {
    // As a worker does.
    const run = async () =>
      (isFitted ? decodeAsSent(image, input) : undefined) ??
      decode(image, 'jpeg', input, { maxPixels: 60_000_000, isFitted });
    for (let warm = 0; warm < WARM_RUNS; warm++) await run();
    const times: number[] = [];
    const before = process.cpuUsage();
    for (let timed = 0; timed < RUNS; timed++) {
      const startedAt = performance.now();
      await run();
      times.push(performance.now() - startedAt);
    }
    // Of all threads.
    const { user, system } = process.cpuUsage(before);
    return { medianMs: quantile(times, 0.5), processorMs: (user + system) / 1_000 / RUNS };
  };
  const rows: readonly [what: string, Uint8Array, Input, isFitted: boolean][] = [
    [
      'a frame of 300x300 as the page encodes it, 67 kB',
      await pageFrame(),
      square(300, { fit: 'stretch' }),
      true,
    ],
    ['a frame of 300x300 as canvases encode it, 16 kB', frame, square(300, { fit: 'stretch' }), true],
    ['640x480 stretched to 300x300, bilinear', picture, square(300, { fit: 'stretch' }), false],
    [
      '640x480 cut to 224x224, antialiased',
      picture,
      square(224, { fit: 'crop', crop: 0.875, resample: 'antialiased' }),
      false,
    ],
    ['640x480 letterboxed in 640x640', picture, square(640, { fit: 'letterbox' }), false],
    ['640x480 stretched to 640x640', picture, square(640, { fit: 'stretch' }), false],
  ];
  const results = [];
  for (const [what, image, input, isFitted] of rows) {
    const { medianMs, processorMs } = await measured(image, input, isFitted);
    results.push(result(`decoding: ${what}`, medianMs, 'ms'));
    results.push(result(`decoding: ${what}, processor time`, processorMs, 'ms'));
  }
  return results;
};
