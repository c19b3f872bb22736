import sharp from 'sharp';
import { decode } from '../../inference/decode.ts';

const SIDE_PX = 1024;
const INPUT = { width: 300, height: 300, fit: 'stretch', resample: 'bilinear' } as const;
/** Processor time of this picture on the machine where DecodeCost was measured. */
const REFERENCE_MS = 5;
const ROUNDS = 3;
/** Highest result; a larger one would measure a busy moment rather than the machine. */
const MAX_SLOWNESS = 8;

/**
 * How much more processor time this machine needs for a picture than the one where DecodeCost was measured; 1 on a
 * faster one. A limit times this is fair to pictures on a small board, too.
 */
export async function measureSlowness(): Promise<number> {
  const image = await sharp({
    create: { width: SIDE_PX, height: SIDE_PX, channels: 3, background: 'grey' },
  })
    .jpeg()
    .toBuffer();
  let bestMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    await decode(image, 'jpeg', INPUT, { maxPixels: SIDE_PX ** 2, isFitted: false });
    const { user, system } = process.cpuUsage(before);
    bestMs = Math.min(bestMs, (user + system) / 1000);
  }
  return Math.min(MAX_SLOWNESS, Math.max(1, bestMs / REFERENCE_MS));
}
