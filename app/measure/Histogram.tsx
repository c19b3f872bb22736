'use client';
import { useWords } from '../ui/words/useWords.ts';
import type { Quantiles } from './measurement.ts';
import styles from './Result.module.css';

const WIDTH = 600;
const HEIGHT = 120;
const BARS = 30;

/** How the values are spread, ms; the quantiles are marked. */
export function Histogram({ each, marks }: { each: readonly number[]; marks: Quantiles }) {
  const { measure, format } = useWords();
  const end = Math.max(1, ...each);
  const counts = new Array<number>(BARS).fill(0);
  for (const value of each) {
    const bar = Math.min(BARS - 1, Math.floor((Math.max(0, value) / end) * BARS));
    counts[bar] = (counts[bar] ?? 0) + 1;
  }
  const highest = Math.max(1, ...counts);
  const barWidth = WIDTH / BARS;
  return (
    <figure className={styles.histogram}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={measure.spread(Math.min(...each), end)}>
        {counts.map((count, index) => (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: bars have no other name
            key={index}
            x={index * barWidth + 1}
            y={HEIGHT - (count / highest) * (HEIGHT - 8)}
            width={barWidth - 2}
            height={(count / highest) * (HEIGHT - 8)}
          />
        ))}
        {[marks.p50, marks.p95, marks.p99].map((value, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two of them may be equal
          <path key={index} d={`M${(value / end) * WIDTH} 0V${HEIGHT}`} />
        ))}
      </svg>
      <figcaption aria-hidden="true">
        <span>0</span>
        <span>{format.ms(end)}</span>
      </figcaption>
    </figure>
  );
}
