import { messageOf } from '../../../protocol/errors.ts';
import { quantile } from '../../../protocol/quantile.ts';
import { disagreementOf } from '../../../vision/disagreement.ts';
import { compared, type GoldenPicture, goldenResult } from '../../../vision/runGoldens.ts';
import type { OpenModel } from '../../inference/model.ts';
import type { BatchTimes } from './messages.ts';

/** Numbers of pictures that are tried: only those are run together later, as some drivers compile a network for each. */
const SIZES = [2, 4] as const;
const ROUNDS = 9;
const RACE_MS = 2_000;

/** What an accelerator takes for several pictures at once, and whether it gives the recorded answers then. Never rejects. */
export async function raceBatches(
  { runBatch }: OpenModel,
  pictures: readonly GoldenPicture[],
  labels: readonly string[],
): Promise<BatchTimes> {
  const sizes: { size: number; ms: number }[] = [];
  if (runBatch === undefined) return { sizes, why: 'Its graph takes one picture at a time.' };
  for (const size of SIZES) {
    const times: number[] = [];
    let beganAt = performance.now();
    try {
      // Each begins at another picture, so that each is at each place in turn. The first ones, until all were, take no time: one compiles.
      const untimed = Math.min(pictures.length, size);
      for (let round = 0; round < untimed + ROUNDS; round++) {
        if (round === untimed) beganAt = performance.now();
        if (round > untimed && performance.now() - beganAt > RACE_MS) break;
        const batch = Array.from(
          { length: size },
          (_, at) => pictures[(round + at) % pictures.length] as GoldenPicture,
        );
        const runAt = performance.now();
        const answers = await runBatch(batch.map(({ pixels }) => pixels));
        if (round >= untimed) times.push(performance.now() - runAt);
        const cases = batch.map(({ picture, golden }, at) =>
          compared({ picture, golden, answer: answers[at] as (typeof answers)[number] }),
        );
        const disagreement = disagreementOf(goldenResult(cases).cases, labels);
        if (disagreement) return { sizes, why: `${size} pictures at once: ${disagreement.summary}` };
      }
    } catch (error) {
      return { sizes, why: `${size} pictures at once: ${messageOf(error)}` };
    }
    sizes.push({ size, ms: quantile(times, 0.5) ?? Number.POSITIVE_INFINITY });
  }
  return { sizes };
}
