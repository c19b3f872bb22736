import sharp from 'sharp';
import { photo } from '../../server/testing/media.ts';
import type { CodeReader } from '../../vision/codes/codeReader.ts';
import type { GreyPicture } from '../../vision/codes/greyPicture.ts';
import { LiveCodes } from '../../vision/codes/liveCodes.ts';
import { drawCodes, drawTiltedBars, PICTURE, seeded } from '../codes/generatedCodes.ts';
import { openReader } from '../codes/openReader.ts';
import { readShare } from '../codes/readShare.ts';
import { type BenchLine, result } from '../result.ts';
import { quantile } from '../stats.ts';

const CODES = 300;
const TILTED = 100;
const FRAMES = 300;

/** Processor time, ms: what else runs on the machine takes none of it. */
const clock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** What is read of generated codes, and what a frame of 1280x720 costs the worker, on one thread. */
export const measure: BenchLine = async () => {
  const read = await openReader();
  const every = readShare(read, await drawCodes(CODES, seeded(7)), clock);
  const tilted = readShare(read, await drawTiltedBars(TILTED, seeded(8)), clock);
  const results = [
    result(`codes: of ${CODES}, read by the reader's defaults`, every.byDefaults, ''),
    result(`codes: of ${CODES}, read from two seconds of video`, every.byLive, ''),
    result('codes: frames until one is read, p95', quantile([...every.frames], 0.95), ''),
    result(`codes: of ${TILTED} of bars at 25 to 45 degrees, by the defaults`, tilted.byDefaults, ''),
    result(`codes: of ${TILTED} of bars at 25 to 45 degrees, from video`, tilted.byLive, ''),
    result('codes: corners of tilted bars off, median', quantile([...tilted.cornersOff], 0.5) * 100, '%'),
  ];
  for (const [what, picture] of await pictures()) {
    const times = timesOf(read, picture);
    const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
    results.push(result(`codes: a frame of 1280x720, ${what}`, mean, 'ms', { atMost: 12 }));
    results.push(result(`codes: a frame of 1280x720, ${what}, p99`, quantile(times, 0.99), 'ms'));
  }
  return results;
};

function timesOf(read: CodeReader, picture: GreyPicture): number[] {
  const live = new LiveCodes({ read, clock });
  return Array.from({ length: FRAMES }, (_, frame) => {
    const startedMs = clock();
    live.look(picture, frame * 66);
    return clock() - startedMs;
  });
}

async function pictures(): Promise<(readonly [string, GreyPicture])[]> {
  const { width, height } = PICTURE;
  const random = seeded(9);
  const noise = (mean: number, spread: number) =>
    Uint8Array.from({ length: width * height }, () =>
      Math.max(0, Math.min(255, mean + (random() + random() + random() - 1.5) * spread)),
    );
  const crowd = await sharp(await photo('cup.png'))
    .resize(width, height, { fit: 'cover' })
    .greyscale()
    .toColourspace('b-w')
    .raw()
    .toBuffer();
  const [drawn] = await drawCodes(4, seeded(3));
  return [
    ['a photo', { data: crowd, width, height }],
    ['noise in the dark', { data: noise(24, 40), width, height }],
    ['noise', { data: noise(128, 255), width, height }],
    ...(drawn ? [['with codes', drawn.picture] as const] : []),
  ];
}
