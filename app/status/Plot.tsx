'use client';
import { type PointerEvent, useId, useState } from 'react';
import { STATUS_INTERVAL_MS, STATUS_SAMPLES } from '../../protocol/status.ts';
import { useWords } from '../ui/words/useWords.ts';
import styles from './Plot.module.css';
import { PlotTable } from './PlotTable.tsx';
import { areaPath, linePath, niceTop, PLOT } from './plotPaths.ts';
import { orNone, type Series } from './series.ts';

/** Values over the last minutes. Who can't see it hears a summary, and can open the table. */
export function Plot({
  title,
  series,
  format,
  isNamed = true,
}: {
  title: string;
  series: readonly Series[];
  format(value: number): string;
  /** Its lines have names; else there is one, of which the title says what it is. Default true. */
  isNamed?: boolean;
}) {
  const { status: words } = useWords();
  const name = useId();
  /** The sample under the pointer, counted from the oldest that has room in the plot. */
  const [at, setAt] = useState<number>();
  const all = series.flatMap(({ values }) => values).filter((value) => value !== null);
  const top = niceTop(Math.max(0, ...all));
  const read = (event: PointerEvent<HTMLElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
    setAt(Math.round(share * (STATUS_SAMPLES - 1)));
  };
  const valueAt = (values: Series['values']) =>
    at === undefined ? values.at(-1) : values[values.length - STATUS_SAMPLES + at];
  const agoMs = at === undefined ? 0 : (STATUS_SAMPLES - 1 - at) * STATUS_INTERVAL_MS;
  return (
    <figure className={styles.root} aria-labelledby={name}>
      <figcaption data-named={isNamed}>
        <b id={name}>{title}</b>
        <span className={styles.legend}>
          {series.map(({ name: each, tone, values }) => (
            <span key={each} data-tone={tone}>
              {isNamed && <i aria-hidden="true" />}
              {isNamed && <span>{each}</span>}
              <b>{orNone(valueAt(values), format)}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div
        className={styles.frame}
        onPointerMove={read}
        onPointerDown={read}
        onPointerLeave={() => setAt(undefined)}
      >
        <svg
          viewBox={`0 0 ${PLOT.width} ${PLOT.height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={summaryOf(series, format, words)}
        >
          <path
            className={styles.grid}
            d={`M0 ${PLOT.height / 2}H${PLOT.width}M0 ${PLOT.height}H${PLOT.width}`}
          />
          {!isNamed && series[0] && (
            <path className={styles.area} data-tone={series[0].tone} d={areaPath(series[0].values, top)} />
          )}
          {series.map(({ name: each, tone, values }) => (
            <path key={each} className={styles.line} data-tone={tone} d={linePath(values, top)} />
          ))}
          {at !== undefined && (
            <path
              className={styles.cursor}
              d={`M${(at / (STATUS_SAMPLES - 1)) * PLOT.width} 0V${PLOT.height}`}
            />
          )}
        </svg>
        <span className={styles.top} aria-hidden="true">
          {format(top)}
        </span>
      </div>
      <p className={styles.times} aria-hidden="true">
        <span>{words.ago(STATUS_SAMPLES * STATUS_INTERVAL_MS)}</span>
        <span>{agoMs === 0 ? words.now : words.ago(agoMs)}</span>
      </p>
      <PlotTable series={series} format={format} title={title} />
    </figure>
  );
}

function summaryOf(
  series: readonly Series[],
  format: (value: number) => string,
  words: ReturnType<typeof useWords>['status'],
): string {
  const parts = series.map(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    if (known.length === 0) return words.summaryNone(name);
    return words.summary(
      name,
      orNone(values.at(-1), format),
      format(Math.min(...known)),
      format(Math.max(...known)),
    );
  });
  return parts.join(' ');
}
