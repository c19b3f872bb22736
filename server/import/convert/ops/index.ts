import type { Converter } from '../graph/converter.ts';
import { arithmeticOps } from './arithmetic.ts';
import { choiceOps } from './choice.ts';
import { convolutionOps } from './convolution.ts';
import { matrixOps } from './matrix.ts';
import { poolingOps } from './pooling.ts';
import { shapeOps } from './shape.ts';

/** One converter for each TensorFlow op. An op that is not here ends an import with `unsupported_op`. */
export const converters: ReadonlyMap<string, Converter> = new Map(
  [arithmeticOps, convolutionOps, poolingOps, matrixOps, shapeOps, choiceOps].flatMap((table) =>
    Object.entries(table),
  ),
);
