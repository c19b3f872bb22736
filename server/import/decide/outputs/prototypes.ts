import type { Prototypes } from '../../deploy/heads/maskForms.ts';
import type { Arrangement } from '../../onnx/sourceSession.ts';
import type { Output } from './found.ts';
import { mapShape } from './mapShape.ts';

/** Of Ultralytics' models; others could have another number. */
const USUAL = 32;
const MOST = 256;

/** The prototypes of masks next to a table of detections, which has a coefficient for each behind its other columns. */
export function findPrototypes(
  table: string,
  columns: number,
  outputs: readonly Output[],
  arrangement: Arrangement,
): Prototypes | undefined {
  const found = outputs.flatMap((output) => {
    if (output.name === table || output.dims.length !== 3) return [];
    const map = mapShape(output, arrangement);
    if (map === undefined || map.width === arrangement.width) return [];
    // A box and one score stand in front.
    const isPossible = map.channels >= 2 && map.channels <= Math.min(MOST, columns - 5);
    return isPossible ? [{ output: output.name, map }] : [];
  });
  const [best] = found.toSorted(
    (a, b) => Number(b.map.channels === USUAL) - Number(a.map.channels === USUAL),
  );
  if (best === undefined) return undefined;
  const { channels: count, width, height, channelsLast } = best.map;
  return {
    form: 'prototypes',
    output: best.output,
    count,
    width,
    height,
    channelsLast,
    first: columns - count,
  };
}
