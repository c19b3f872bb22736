import { readFile } from 'node:fs/promises';
import * as v from 'valibot';

/** What the model takes from measurements, by the names of rows of `npm run bench -- fleet`. */
export type Figures = (row: string) => number;

const Rows = v.object({
  at: v.string(),
  results: v.array(v.object({ name: v.string(), value: v.nullable(v.number()) })),
});

/**
 * Of this machine's last run, if the line `fleet` was in it, else those that came with the project.
 * @throws Error for a row that is not there
 */
export async function readFigures(): Promise<{ source: string; figures: Figures }> {
  for (const file of ['bench/results.json', 'bench/scale/measured.json']) {
    const rows = await readRows(file);
    if (rows?.results.some(({ name, value }) => name.startsWith('fleet: ') && value !== null))
      return { source: `${file}: ${rows.at}`, figures: figuresOf(rows.results) };
  }
  throw new Error('No figures of the line "fleet": run "npm run bench -- fleet".');
}

export function figuresOf(rows: readonly { name: string; value: number | null }[]): Figures {
  return (name) => {
    const value = rows.find((row) => row.name === name)?.value;
    if (value === undefined || value === null)
      throw new Error(`The figures have no row "${name}": run "npm run bench -- fleet" again.`);
    return value;
  };
}

async function readRows(file: string): Promise<v.InferOutput<typeof Rows> | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
  return v.parse(Rows, JSON.parse(text));
}
