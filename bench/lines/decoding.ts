import sharp from 'sharp';
import { decode, setDecodeThreads } from '../../server/inference/decode.ts';
import { frameOf, photo } from '../../server/testing/media.ts';
import { type BenchLine, result } from '../result.ts';
import { quantile } from '../stats.ts';

const RUNS = 200;
const WARM_RUNS = 50;

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
  const median = async (image: Uint8Array, input: Input, isFitted: boolean) => {
    const times: number[] = [];
    for (let run = 0; run < WARM_RUNS + RUNS; run++) {
      const startedAt = performance.now();
      await decode(image, 'jpeg', input, { maxPixels: 60_000_000, isFitted });
      if (run >= WARM_RUNS) times.push(performance.now() - startedAt);
    }
    return quantile(times, 0.5);
  };
  const rows: readonly [what: string, Uint8Array, Input, isFitted: boolean][] = [
    ['a frame of 300x300, prepared by the page', frame, square(300, { fit: 'stretch' }), true],
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
    results.push(result(`decoding: ${what}`, await median(image, input, isFitted), 'ms'));
  }
  return results;
};
