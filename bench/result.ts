/** What a value should be; without one it is reported only. */
export type Aim = { atLeast: number } | { atMost: number };

/** One row of the table. */
export interface BenchResult {
  name: string;
  /** In words, e.g. `>= 0.92`; `report` where nothing is aimed at. */
  aim: string;
  /** NaN where it could not be measured; `name` says why. */
  value: number;
  unit: string;
  /** Whether the aim is met; undefined where there is none. */
  ok: boolean | undefined;
}

/** A line of the suite: measures, and gives its rows. Lines are separate so that each can run alone. */
export type BenchLine = () => Promise<BenchResult[]>;

export function result(name: string, value: number, unit: string, aim?: Aim | undefined): BenchResult {
  if (aim === undefined) return { name, aim: 'report', value, unit, ok: undefined };
  const isMet = 'atLeast' in aim ? value >= aim.atLeast : value <= aim.atMost;
  // What was not measured is not missed either.
  const ok = Number.isNaN(value) ? undefined : isMet;
  return {
    name,
    aim: 'atLeast' in aim ? `>= ${short(aim.atLeast)}` : `<= ${short(aim.atMost)}`,
    value,
    unit,
    ok,
  };
}

/** One table of all rows, as text. */
export function tableOf(results: readonly BenchResult[]): string {
  const rows = results.map(({ name, aim, value, unit, ok }) => [
    name,
    aim,
    Number.isNaN(value) ? '-' : `${short(value)} ${unit}`.trim(),
    ok === undefined ? '' : ok ? 'met' : 'MISSED',
  ]);
  const header = ['line', 'aim', 'value', ''];
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [header, widths.map((width) => '-'.repeat(width)), ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Three significant digits, and whole numbers whole. */
const short = (value: number): string =>
  Math.abs(value) >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toPrecision(3);
