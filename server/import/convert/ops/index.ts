import type { Converter } from '../graph/converter.ts';
import { arithmeticOps } from './arithmetic.ts';
import { choiceOps } from './choice.ts';
import { convolutionOps } from './convolution.ts';
import { joiningOps } from './joining.ts';
import { matrixOps } from './matrix.ts';
import { poolingOps } from './pooling.ts';
import { roundingOps } from './rounding.ts';
import { shapeOps } from './shape.ts';
import { slicingOps } from './slicing.ts';
import { splittingOps } from './splitting.ts';

/** One converter for each TensorFlow op. An op that is not here ends an import with `unsupported_op`. */
export const converters: ReadonlyMap<string, Converter> = new Map(
  [
    arithmeticOps,
    convolutionOps,
    poolingOps,
    matrixOps,
    shapeOps,
    joiningOps,
    splittingOps,
    slicingOps,
    choiceOps,
    roundingOps,
  ].flatMap((table) => Object.entries(table)),
);
