import { aboutOutputs } from '../../../../protocol/sentences/outputs.ts';
import { type Evidence, looksLike } from './evidence.ts';
import type { Output } from './found.ts';

/** Strides of the grids that detectors and their backbones give maps for. */
const MAP_STRIDES = [4, 8, 16, 32, 64, 128];

/**
 * Outputs that a program of the exporter's puts together: one for each grid, boxes relative to anchors, maps.
 * @throws ImportError that names the family
 */
export function refuseSeparateGrids({ outputs, arrangement }: Evidence): undefined {
  const names = outputs.map(({ name }) => name).join(' ');
  const tables = outputs.flatMap(({ name, dims, samples }) => {
    const sides = dims.filter((side, axis) => side !== 1 || axis === dims.length - 1);
    return sides.length === 2 ? [{ name, rows: sides[0] ?? 0, columns: sides[1] ?? 0, samples }] : [];
  });
  const advice = aboutOutputs('advice_own_program');
  const boxRows = new Set(tables.filter(({ columns }) => columns === 4).map(({ rows }) => rows));
  if (boxRows.size > 1) {
    const family = /(^| )obj_/.test(names)
      ? 'family_yunet'
      : tables.some(({ columns }) => columns === 10)
        ? 'family_scrfd'
        : 'family_grids';
    throw looksLike(aboutOutputs(family), advice);
  }
  const isMediaPipe = tables.some(
    ({ rows, columns, samples }) =>
      columns > 4 &&
      columns % 2 === 0 &&
      outputs.some((other) => isColumn(other, rows)) &&
      samples.some((data) => data.some((value) => value < 0 || value > 1)),
  );
  if (isMediaPipe) {
    throw looksLike(aboutOutputs('family_mediapipe'), advice);
  }
  if (
    tables.some(({ rows, columns }) => columns === 4 && outputs.some(({ dims }) => isFlatBoxes(dims, rows)))
  ) {
    throw looksLike(aboutOutputs('family_yolov4'), aboutOutputs('advice_yolov4'));
  }
  const maps = outputs.flatMap((output) => mapSide(output, arrangement) ?? []);
  const isTable = tables.some(({ rows, columns }) => rows > 1 && columns >= 4);
  if (maps.length < 2 || isTable || maps.length < outputs.filter(({ dims }) => dims.length > 1).length) {
    return undefined;
  }
  throw looksLike(aboutOutputs(new Set(maps).size > 1 ? 'family_maps' : 'family_centres'), advice);
}

const isColumn = ({ dims, samples }: Output, rows: number): boolean =>
  samples[0]?.length === rows && dims.includes(rows) && rows > 100;

/** [anchors, 1, 4]. */
const isFlatBoxes = (dims: readonly number[], rows: number): boolean =>
  dims.length === 3 && dims[0] === rows && dims[1] === 1 && dims[2] === 4;

/** Into how many cells an output cuts the picture's width, where it is a map of the picture. */
function mapSide({ dims }: Output, { width, height }: Evidence['arrangement']): number | undefined {
  if (dims.length < 3 || dims.length > 4) return undefined;
  const stride = MAP_STRIDES.find((one) => {
    const [across, down] = [Math.ceil(width / one), Math.ceil(height / one)];
    return [dims.slice(-2), dims.slice(-3, -1)].some(([h, w]) => h === down && w === across);
  });
  return stride === undefined ? undefined : Math.ceil(width / stride);
}

/** Whether outputs are of detections in some way, so that none of them is a score for the whole picture. */
export const areLikeDetections = (outputs: readonly Output[]): boolean =>
  outputs.some(({ name, dims, isOpen, samples }) => {
    if (/hidden_state|embed|feature|token|patch/i.test(name)) return false;
    const sides = dims.filter((side) => side !== 1);
    const last = dims.at(-1) ?? 0;
    const isBoxLike = sides.length === 2 && last >= 4 && last <= 7;
    return isBoxLike || (isOpen && samples.some((data) => data.length !== samples[0]?.length));
  });
