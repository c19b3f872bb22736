import type { ImportOptions } from '../../../../protocol/models.ts';
import { type ConstantOutput, columnsFirst, table } from './constantDetector.ts';

export const LABELS = ['cat', 'dog', 'fox'];
export const SIDE = 64;
export const CORNERS = [0.1, 0.2, 0.5, 0.6];
export const YX_CORNERS = [0.2, 0.1, 0.6, 0.5];
export const CENTRE = [0.3, 0.4, 0.4, 0.4];
export const pixels = (box: readonly number[]) => box.map((value) => value * SIDE);

/** Cells of grids of 8, 16, 32 (and 64) pixels; three anchors for each are what YOLOv5 has. */
const cellsOf = (strides: readonly number[]) =>
  strides.flatMap((stride) => {
    const across = SIDE / stride;
    return Array.from({ length: across * across }, (_, at) => [
      ((at % across) + 0.5) * stride,
      (Math.floor(at / across) + 0.5) * stride,
    ]);
  });
export const CELLS = cellsOf([8, 16, 32]);
export const ALL_CELLS = cellsOf([8, 16, 32, 64]);
export const ANCHORS = CELLS.length;

/** Boxes of anchors that see nothing, and one row that is given. */
export const anchorTable = (rows: number, columns: number, given: readonly number[], at = 7) =>
  table(
    rows,
    columns,
    (row, column) => {
      const [x = 0, y = 0] = CELLS[row % ANCHORS] ?? [];
      return [x, y, 5, 6][column] ?? 0.0004 * (1 + (row % 3));
    },
    { [at]: given },
  );
export const nothing = (count: number) => Array.from({ length: count }, () => 0);
export const dogOf = (objectness: readonly number[] = []) => [
  ...pixels(CENTRE),
  ...objectness,
  0.01,
  0.9,
  0.02,
];
export const picked = (
  rows: number,
  columns: number,
  first: readonly number[],
  last: readonly number[] = [],
) => table(rows, columns, () => 0, { 0: first, ...(last.length > 0 ? { 1: last } : {}) });
export const output = (
  name: string,
  shape: readonly (number | string)[],
  values: ArrayLike<number>,
  dtype: ConstantOutput['dtype'] = 'float32',
  sides?: readonly number[],
): ConstantOutput => ({ name, shape, values, dtype, ...(sides ? { sides } : {}) });
export const mask = (count: number, side = 16) =>
  output(
    'output1',
    [1, count, side, side],
    table(count, side * side, (r, c) => Math.sin(r + c)),
  );
export const ultralytics = (labels: readonly string[], more: Readonly<Record<string, string>> = {}) => ({
  task: 'detect',
  stride: '32',
  imgsz: `[${SIDE}, ${SIDE}]`,
  names: `{${labels.map((label, line) => `${line}: '${label}'`).join(', ')}}`,
  ...more,
});

export interface Form {
  readonly outputs: readonly ConstantOutput[];
  readonly input?: readonly (number | string)[];
  readonly dtype?: 'uint8';
  readonly metadata?: Readonly<Record<string, string>>;
  readonly options?: ImportOptions;
  readonly files?: Readonly<Record<string, string>>;
  /** The head that reads it, with the name of the thing where that is no dog; or what the refusal says. */
  readonly right: string | RegExp;
  readonly label?: string;
}

export const TF: Pick<Form, 'input' | 'dtype'> = { input: [1, SIDE, SIDE, 3], dtype: 'uint8' };
export const v8 = (values: ArrayLike<number>, columns = 7, rows = ANCHORS) =>
  output('output0', [1, columns, rows], columnsFirst(Float32Array.from(values), columns));
export const endToEnd = picked(300, 6, [...pixels(CORNERS), 0.9, 1], [1, 1, 3, 4, 0.02, 2]);
/** Centres of boxes and logits of queries that see nothing. */
export const queries = (columns: number, given: readonly number[], fill = -5) =>
  table(100, columns, (row, column) => fill - ((row * 7 + column * 3) % 5) / 10, { 7: given });
export const queryBoxes = table(
  100,
  4,
  (row, column) => [0.2 + (row % 5) / 9, 0.5, 0.03, 0.02][column] ?? 0,
  {
    7: CENTRE,
  },
);
export const config = (architecture: string, count = 3) =>
  JSON.stringify({
    architectures: [architecture],
    id2label: Object.fromEntries(LABELS.slice(0, count).entries()),
  });
