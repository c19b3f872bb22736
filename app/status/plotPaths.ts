import { STATUS_SAMPLES } from '../../protocol/status.ts';

/** Size of a plot in its own units; it is stretched to its place. */
export const PLOT = { width: 600, height: 120 } as const;

/** The end of an axis from 0 on: a round number that is not below `highest`. */
export function niceTop(highest: number): number {
  if (highest <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(highest));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((each) => highest <= each * power * (1 + 1e-9)) ?? 10;
  return Math.max(1, step * power);
}

/** A line through the values, the last of which is at the right edge; null leaves a gap. */
export function linePath(values: readonly (number | null)[], top: number): string {
  return runsOf(values)
    .map(({ start, run }) => {
      const points = run.map((value, index) => point(xOf(start + index, values.length), value, top));
      // A value between two gaps is a dot.
      return `M${points.join('L')}${run.length === 1 ? 'h0.01' : ''}`;
    })
    .join('');
}

/** What is below that line. */
export function areaPath(values: readonly (number | null)[], top: number): string {
  return runsOf(values)
    .map(({ start, run }) => {
      const points = run.map((value, index) => point(xOf(start + index, values.length), value, top));
      const [left, right] = [xOf(start, values.length), xOf(start + run.length - 1, values.length)];
      return `M${left} ${PLOT.height}L${points.join('L')}L${right} ${PLOT.height}Z`;
    })
    .join('');
}

function runsOf(values: readonly (number | null)[]): { start: number; run: number[] }[] {
  const runs: { start: number; run: number[] }[] = [];
  let isOpen = false;
  for (const [index, value] of values.entries()) {
    if (value !== null) {
      if (!isOpen) runs.push({ start: index, run: [] });
      runs.at(-1)?.run.push(value);
    }
    isOpen = value !== null;
  }
  return runs;
}

const xOf = (index: number, count: number) =>
  tenth(((STATUS_SAMPLES - count + index) / (STATUS_SAMPLES - 1)) * PLOT.width);
const point = (x: number, value: number, top: number) =>
  `${x} ${tenth(PLOT.height * (1 - Math.min(1, value / top)))}`;
const tenth = (value: number) => Math.round(value * 10) / 10;
