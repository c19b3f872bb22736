import { aboutOutputs } from '../../../../protocol/sentences/outputs.ts';
import type { SemanticHead } from '../../deploy/heads/head.ts';
import type { Inspection } from '../../onnx/inspect.ts';
import type { Arrangement } from '../../onnx/sourceSession.ts';
import { areScores, looksLike, numbersOf } from './evidence.ts';
import type { Found, Known, Output } from './found.ts';
import { type MapShape, mapShape } from './mapShape.ts';

/** Maps that are something else than classes, by the names that exporters give. */
const IS_OTHER_MAP =
  /hidden_state|feature|embed|heat_?map|key_?point|joint|attention|anchor|offset|flow|normal/i;
const IS_DEPTH = /depth|disparity|midas/i;
const IS_MATTE = /alpha|matte|matting|^pha$|^fgr$|foreground|saliency|isnet|u2net|modnet|rmbg|birefnet/i;
/** Of the heads of training in torchvision's and others' models. */
const IS_AUXILIARY = /aux|^(s|d)[1-6]$/i;
/** Maps of classes have a cell for so many pixels a side at most, and so many classes; others are what a network works with. */
const LARGEST_CELL = 16;
const MOST_CLASSES = 256;

/**
 * Reads an output as scores of classes for each cell of a map of the input, as SegFormer's at a quarter of it or DeepLab's at
 * its whole size.
 * @throws ImportError `unsupported_model` for what looks like depth or matting, with what can be done
 */
export function findSemantic(
  outputs: readonly Output[],
  arrangement: Arrangement,
  inspection: Inspection,
  known: Known,
): Found<SemanticHead> | undefined {
  const isAsked = known.task === 'semantic-segmentation';
  const maps = outputs.flatMap((output) => {
    const map = IS_OTHER_MAP.test(output.name) ? undefined : mapShape(output, arrangement);
    return map === undefined ? [] : [{ output, map }];
  });
  if (maps.length === 0 || (!isAsked && maps.length < outputs.filter(isLarge).length)) return undefined;
  const main = maps.filter(({ output }) => !IS_AUXILIARY.test(output.name));
  const [best] = main.length > 0 ? main : maps;
  if (best === undefined || (main.length > 1 && !isAsked && known.output === undefined)) return undefined;
  const { output, map } = best;
  if (!isAsked && (outputs.some(isVector) || !mayBeClasses(map, arrangement, known))) return undefined;
  if (map.channels === 1 && !isAsked && (known.labelCount ?? 0) !== 2) refuse(output, inspection);
  // A picture that a network makes of a picture.
  if (map.channels === 3 && !isAsked && known.labelCount !== 3) return undefined;
  const isBinary = map.channels === 1;
  const areFinished = areScores(numbersOf(output));
  const head: SemanticHead = {
    kind: 'semantic',
    output: output.name,
    classes: isBinary ? 2 : map.channels,
    width: map.width,
    height: map.height,
    channelsLast: map.channelsLast,
    activation: areFinished ? 'none' : isBinary ? 'sigmoid' : 'softmax',
    isBinary,
  };
  return { head, why: inWords(output, map) };
}

const inWords = ({ name }: Output, { channels, width, height }: MapShape) =>
  channels === 1
    ? aboutOutputs('map_binary', { name, width, height })
    : aboutOutputs('map_classes', { name, classes: channels, width, height });

/** Several numbers for the whole picture: next to a classifier's scores, a map shows what they come from. */
const isVector = ({ dims }: Output): boolean => {
  const [size, ...more] = dims.filter((side) => side !== 1);
  return size !== undefined && more.length === 0;
};

/** Features of a backbone, and a YOLOv2's one grid of boxes, are maps, too. */
const mayBeClasses = (map: MapShape, { width }: Arrangement, { labelCount }: Known): boolean =>
  map.channels === labelCount ||
  (map.channels <= MOST_CLASSES && map.width * LARGEST_CELL >= width - LARGEST_CELL);

const isLarge = ({ samples }: Output): boolean => (samples[0]?.length ?? 0) > 64;

/** One number for each cell may be a mask, an alpha channel or a distance: only a person knows that it is a mask. */
function refuse(output: Output, { inputs }: Inspection): never {
  const names = [output.name, ...inputs.map(({ name }) => name)].join(' ');
  const areFinished = areScores(numbersOf(output));
  if (IS_DEPTH.test(names) || (!areFinished && !IS_MATTE.test(names))) {
    throw looksLike(aboutOutputs('family_depth'), aboutOutputs('advice_depth'));
  }
  throw looksLike(aboutOutputs('family_matting'), aboutOutputs('advice_matting'));
}
