import type { VersionAgreement } from '../../../protocol/quantization.ts';
import { averagePrecision } from '../../../vision/averagePrecision.ts';
import type { Detection } from '../../../vision/tracker.ts';
import { foundBoxes, sharedLabels, type Truth, truthBoxes } from '../truth/truth.ts';

/** What both versions find in a picture. */
export interface FoundInPicture {
  readonly name: string;
  readonly float: readonly Detection[];
  readonly int8: readonly Detection[];
}

type Precision = NonNullable<Extract<VersionAgreement, { kind: 'labels' }>['precision']>;

/** Average precision over all sizes does not depend on pixels. */
const SIZE = { width: 1, height: 1 };

/**
 * Average precision of both versions on the pictures whose truth is known. Only labels of the model count: it cannot find others.
 * @returns undefined where there is nothing to find
 */
export function precisionOf(
  truth: Truth,
  seen: readonly FoundInPicture[],
  labels: readonly string[],
): Precision | undefined {
  const shared = sharedLabels(truth, labels);
  const judged = seen.flatMap((picture) => {
    const known = truth.pictures.get(picture.name);
    return known ? [{ ...picture, things: known.things }] : [];
  });
  const boxes = judged.flatMap(({ things }, image) => truthBoxes({ things }, image, SIZE, shared));
  const things = boxes.filter(({ isCrowd }) => !isCrowd).length;
  if (things === 0) return undefined;
  const of = (version: 'float' | 'int8') =>
    averagePrecision(
      boxes,
      judged.flatMap((picture, image) => foundBoxes(picture[version], image, SIZE)),
    );
  const [float, int8] = [of('float'), of('int8')];
  return {
    pictures: judged.length,
    things,
    ap: { float: float.ap, int8: int8.ap },
    ap50: { float: float.ap50, int8: int8.ap50 },
  };
}
