'use client';
import { useState } from 'react';
import { STATUS_INTERVAL_MS } from '../../protocol/status.ts';
import hidden from '../ui/SrOnly.module.css';
import { useWords } from '../ui/words/useWords.ts';
import styles from './Plot.module.css';
import { orNone, type Series } from './series.ts';
import { recentMean } from './statusState.ts';

/** Samples of a row, of which it states the mean; and rows. */
const PER_ROW = 30;
const ROWS = 10;

/** What a plot shows, in numbers: the mean of each half minute, the newest first. */
export function PlotTable({
  title,
  series,
  format,
}: {
  title: string;
  series: readonly Series[];
  format(value: number): string;
}) {
  const { status: words } = useWords();
  const [isOpen, setOpen] = useState(false);
  const rows = Array.from({ length: ROWS }, (_, row) => row * PER_ROW);
  return (
    <details className={styles.table} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {words.table} <span className={hidden.srOnly}>{title}</span>
      </summary>
      {isOpen && (
        <table>
          <thead>
            <tr>
              <th scope="col">{words.time}</th>
              {series.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((skipped) => (
              <tr key={skipped}>
                <th scope="row">{skipped === 0 ? words.now : words.ago(skipped * STATUS_INTERVAL_MS)}</th>
                {series.map(({ name, values }) => (
                  <td key={name}>
                    {orNone(
                      recentMean(values.slice(0, Math.max(0, values.length - skipped)), PER_ROW),
                      format,
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  );
}
