import { quantile } from '../../protocol/quantile.ts';
import type { SideReading } from './backend.ts';

/** Number of answers that are kept; only those of the last seconds where there are enough of them. */
const KEPT = 100;
const KEPT_MS = 10_000;
const AT_LEAST = 12;
/** Fewer say nothing. */
const NEEDED = 4;
/** A gap longer than this, and than this multiple of the usual one, is a still scene or a break, and no slow rate. */
const BREAK_MS = 1_000;
const BREAK_SHARE = 3;

interface Sample {
  /** When the labels came, ms of the page's clock. */
  readonly atMs: number;
  readonly answerMs: number;
  readonly inferMs: number;
  /** Whether this side was to give all labels, not only an answer to a probe. */
  readonly isStreamed: boolean;
}

/** Measures what one side delivers. What it says stays as it was when the side is not used any more. */
export class SideMeter {
  #samples: readonly Sample[] = [];
  /** Times of labels and of breaks between them are those of the stream; probes come at our own pace. */
  #streamed: readonly Sample[] = [];

  add(sample: Sample): void {
    this.#samples = kept([...this.#samples, sample]);
    if (sample.isStreamed) this.#streamed = kept([...this.#streamed, sample]);
  }

  read(): Omit<SideReading, 'upBytesPerS'> {
    const enough = this.#samples.length >= NEEDED ? this.#samples : [];
    const answers = enough.map(({ answerMs }) => answerMs);
    return {
      answerMs: quantile(answers, 0.5),
      answerP95Ms: quantile(answers, 0.95),
      inferMs: quantile(
        enough.map(({ inferMs }) => inferMs),
        0.5,
      ),
      labelsPerS: rate(this.#streamed.map(({ atMs }) => atMs)),
    };
  }
}

function kept(samples: readonly Sample[]): readonly Sample[] {
  const newestMs = samples.at(-1)?.atMs ?? 0;
  return samples
    .slice(-KEPT)
    .filter(({ atMs }, index, all) => newestMs - atMs <= KEPT_MS || index >= all.length - AT_LEAST);
}

/** How many a second, without the breaks. */
function rate(timesMs: readonly number[]): number | undefined {
  const gaps = timesMs.slice(1).map((atMs, index) => atMs - (timesMs[index] ?? atMs));
  if (gaps.length < NEEDED) return undefined;
  const breakMs = Math.max(BREAK_MS, BREAK_SHARE * (quantile(gaps, 0.5) ?? 0));
  const counted = gaps.filter((gap) => gap <= breakMs);
  const sumMs = counted.reduce((sum, gap) => sum + gap, 0);
  return sumMs === 0 ? undefined : (counted.length * 1_000) / sumMs;
}
