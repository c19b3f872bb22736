import sharp from 'sharp';
import { drawTextGolden, textGoldens } from '../../models/build/textGoldens.ts';
import { type BenchLine, result } from '../result.ts';
import { quantile } from '../stats.ts';
import { openTextModel } from '../text/openTextModel.ts';

const RUNS = 30;

/** What a frame of text takes on one thread, with lines that were read before and with all of them new. */
export const measure: BenchLine = async () => {
  const { read } = await openTextModel();
  const [sign] = textGoldens;
  const lines = sign?.lines ?? [];
  const frames = await Promise.all(
    Array.from({ length: RUNS }, async (_, i) => {
      // A hand trembles: no two frames are the same.
      const moved = lines.map((line) => ({ ...line, x: line.x + (i % 3), y: line.y + ((i * 2) % 3) }));
      return sharp(await drawTextGolden(moved))
        .jpeg({ quality: 75 })
        .toBuffer();
    }),
  );
  const median = async (memoryOf: () => object): Promise<number> => {
    const times: number[] = [];
    for (const frame of frames) {
      const memory = memoryOf();
      const startedAt = performance.now();
      await read(frame, memory);
      times.push(performance.now() - startedAt);
    }
    return quantile(times, 0.5);
  };
  const what = `a frame of 640x416 with ${lines.length} lines`;
  const one = {};
  return [
    result(`text: ${what}, all new`, await median(() => ({})), 'ms'),
    result(`text: ${what}, read before`, await median(() => one), 'ms'),
  ];
};
