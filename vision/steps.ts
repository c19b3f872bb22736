import type { Resample, Step } from '../protocol/steps.ts';
import type { Fitted } from './fit.ts';
import type { Box } from './geometry.ts';

export type { Resample, Step };

/** A width and a height, in any unit. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** One step for a picture of a known size, in whole pixels. */
export type Move =
  | { readonly op: 'resize'; readonly from: Size; readonly to: Size; readonly resample: Resample }
  /** `left` and `top` are in the picture before. */
  | ({ readonly op: 'crop'; readonly left: number; readonly top: number } & Size)
  /** `left` and `top` are where the picture lies in the one after, which has `width` and `height`. */
  | ({
      readonly op: 'pad';
      readonly left: number;
      readonly top: number;
      readonly colour: readonly [number, number, number];
    } & Size);

/** What steps make of a picture of one size. */
export interface Course {
  /** Without those that change nothing. */
  readonly moves: readonly Move[];
  /** Of the result, pixels. */
  readonly size: Size;
  readonly fitted: Fitted;
}

/** What the steps do to a picture of this size. Pure: the same for a page, a server and a notebook. */
export function follow(steps: readonly Step[], picture: Size): Course {
  const moves: Move[] = [];
  let size: Size = picture;
  /** What is seen, in 0..1 of the picture, and where that lies now, in pixels. */
  let [x, y] = [axis(size.width), axis(size.height)];
  for (const step of steps) {
    const move = moveOf(step, size);
    if (move === undefined) continue;
    moves.push(move);
    const to = move.op === 'resize' ? move.to : { width: move.width, height: move.height };
    switch (move.op) {
      case 'resize':
        x = scaled(x, size.width, to.width);
        y = scaled(y, size.height, to.height);
        break;
      case 'crop':
        x = cut(x, move.left, to.width);
        y = cut(y, move.top, to.height);
        break;
      case 'pad':
        x = { ...x, at: x.at + move.left };
        y = { ...y, at: y.at + move.top };
        break;
      default:
        move satisfies never;
    }
    size = to;
  }
  const part: Box = [x.from, y.from, x.share, y.share];
  const { width, height } = size;
  return {
    moves,
    size,
    fitted: { part, inputRect: [x.at / width, y.at / height, x.length / width, y.length / height] },
  };
}

/** On one axis: `share` of the picture from `from` on is seen, `length` pixels from `at` on. */
interface Axis {
  readonly from: number;
  readonly share: number;
  readonly at: number;
  readonly length: number;
}

const axis = (length: number): Axis => ({ from: 0, share: 1, at: 0, length });

/** What is whole stays whole, to the last digit. */
const scaled = ({ at, length, ...rest }: Axis, from: number, to: number): Axis => ({
  ...rest,
  at: (at * to) / from,
  length: (length * to) / from,
});

function cut({ from, share, at, length }: Axis, start: number, kept: number): Axis {
  const begin = Math.max(at, start);
  const end = Math.max(begin, Math.min(at + length, start + kept));
  return {
    from: from + (share * (begin - at)) / length,
    share: (share * (end - begin)) / length,
    at: begin - start,
    length: end - begin,
  };
}

function moveOf(step: Step, size: Size): Move | undefined {
  const { width, height } = size;
  switch (step.op) {
    case 'resize': {
      const to = sizeAfter(step, size);
      return isSame(to, size) ? undefined : { op: 'resize', from: size, to, resample: step.resample };
    }
    case 'crop': {
      const to = { width: Math.min(width, step.width), height: Math.min(height, step.height) };
      if (isSame(to, size)) return undefined;
      const before = (rest: number) => Math.floor(rest / 2);
      return { op: 'crop', left: before(width - to.width), top: before(height - to.height), ...to };
    }
    case 'pad': {
      const to = { width: Math.max(width, step.width), height: Math.max(height, step.height) };
      if (isSame(to, size)) return undefined;
      const { colour, at } = step;
      const before = (rest: number) => (at === 'top left' ? 0 : Math.floor(rest / 2));
      return { op: 'pad', left: before(to.width - width), top: before(to.height - height), ...to, colour };
    }
    default:
      return step satisfies never;
  }
}

const isSame = (a: Size, b: Size) => a.width === b.width && a.height === b.height;

type Resize = Extract<Step, { op: 'resize' }>;

/** Rounded as the libraries do that models were trained with; never less than a pixel. */
function sizeAfter(step: Resize, { width, height }: Size): Size {
  const atLeastOne = (size: Size): Size => ({
    width: Math.max(1, size.width),
    height: Math.max(1, size.height),
  });
  if ('width' in step) return { width: step.width, height: step.height };
  if ('shortest' in step) {
    // transformers' get_size_with_aspect_ratio; without a limit torchvision's Resize is the same.
    const [short, long] = width < height ? [width, height] : [height, width];
    const limit = step.longest ?? Number.POSITIVE_INFINITY;
    const isLimited = (long / short) * step.shortest > limit;
    const raw = isLimited ? (limit * short) / long : step.shortest;
    const to = [roundEven(raw), Math.floor((raw * long) / short)] as const;
    return atLeastOne(width < height ? { width: to[0], height: to[1] } : { width: to[1], height: to[0] });
  }
  if ('towards' in step) {
    // DPT's get_resize_output_image_size.
    const [byWidth, byHeight] = [step.towards.width / width, step.towards.height / height];
    const by = Math.abs(1 - byWidth) < Math.abs(1 - byHeight) ? byWidth : byHeight;
    const { multipleOf = 1 } = step;
    const whole = (side: number) => Math.max(1, roundEven((by * side) / multipleOf)) * multipleOf;
    return { width: whole(width), height: whole(height) };
  }
  if ('atMost' in step) {
    const by = Math.min(1, step.atMost.width / width, step.atMost.height / height);
    return atLeastOne({ width: roundEven(width * by), height: roundEven(height * by) });
  }
  // timm's ResizeKeepRatio; Ultralytics' LetterBox rounds the same.
  const ratio =
    'within' in step
      ? Math.max(width / step.within.width, height / step.within.height)
      : Math.min(width / step.cover.width, height / step.cover.height);
  return atLeastOne({ width: roundEven(width / ratio), height: roundEven(height / ratio) });
}

/** Python's `round`: halves go to the even neighbour. */
function roundEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Which part of a picture is where in an input. */
export const fitPicture = (picture: Size, input: DescribedInput): Fitted =>
  follow(stepsOf(input), picture).fitted;

/** The size that the steps give whatever the picture; undefined where it follows the picture. */
export function fixedSize(steps: readonly Step[]): Size | undefined {
  let [width, height]: readonly [Bounds, Bounds] = [ANY, ANY];
  for (const step of steps) {
    if (step.op !== 'resize') {
      const by = step.op === 'crop' ? Math.min : Math.max;
      width = { min: by(width.min, step.width), max: by(width.max, step.width) };
      height = { min: by(height.min, step.height), max: by(height.max, step.height) };
    } else if ('width' in step) {
      width = exactly(step.width);
      height = exactly(step.height);
    } else if ('shortest' in step) {
      width = { min: step.longest === undefined ? step.shortest : 1, max: step.longest ?? ANY.max };
      height = width;
    } else if ('within' in step || 'atMost' in step) {
      const limit = 'within' in step ? step.within : step.atMost;
      width = { min: 1, max: limit.width };
      height = { min: 1, max: limit.height };
    } else if ('cover' in step) {
      width = { min: step.cover.width, max: ANY.max };
      height = { min: step.cover.height, max: ANY.max };
    } else {
      width = ANY;
      height = ANY;
    }
  }
  const isFixed = width.min === width.max && height.min === height.max;
  return isFixed ? { width: width.min, height: height.min } : undefined;
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}
const ANY: Bounds = { min: 1, max: Number.POSITIVE_INFINITY };
const exactly = (side: number): Bounds => ({ min: side, max: side });

/** Whether a model's input has the picture's own size, up to `width` x `height`. */
export const followsPicture = ({ steps }: Pick<DescribedInput, 'steps'>): boolean => {
  const last = steps?.at(-1);
  return last?.op === 'resize' && 'atMost' in last;
};

/**
 * The input as it is for one picture: of the picture's own size, where it follows that.
 * @param longest in pixels; less than the input allows, where a smaller picture will do
 */
export function inputFor<Input extends DescribedInput>(
  input: Input,
  picture: Size,
  longest = Number.POSITIVE_INFINITY,
): Input {
  if (!followsPicture(input)) return input;
  const { width, height } = follow(stepsOf(input), picture).size;
  const by = Math.min(1, longest / Math.max(width, height));
  const size = { width: Math.max(1, Math.round(width * by)), height: Math.max(1, Math.round(height * by)) };
  return { ...input, ...size, steps: [{ op: 'resize', ...size, resample: 'antialiased' }] };
}

/** The size of a picture on which a model is warmed up and timed; no more than 640 pixels a side where it can be less. */
export const trialSize = (input: DescribedInput): Size =>
  followsPicture(input)
    ? { width: Math.min(input.width, TRIAL_SIDE_PX), height: Math.min(input.height, TRIAL_SIDE_PX) }
    : { width: input.width, height: input.height };
const TRIAL_SIDE_PX = 640;

/** Grey, as what surrounds a letterboxed picture was in training of YOLO. */
export const LETTERBOX_GREY = [114, 114, 114] as const;

/** An input as manifests and servers describe it: by steps, or, as older ones did, by one word. */
export interface DescribedInput extends Size {
  readonly steps?: readonly Step[] | undefined;
  readonly fit?: 'stretch' | 'crop' | 'letterbox' | undefined;
  /** With `crop`: how much of the largest part is seen, on each axis. Default 1. */
  readonly crop?: number | undefined;
  readonly resample?: Resample | undefined;
}

/** The steps of an input; those that `fit`, `crop` and `resample` stand for where it names none. */
export function stepsOf({
  width,
  height,
  steps,
  fit,
  crop = 1,
  resample = 'bilinear',
}: DescribedInput): Step[] {
  if (steps) return [...steps];
  switch (fit) {
    case undefined:
    case 'stretch':
      return [{ op: 'resize', width, height, resample }];
    case 'crop': {
      // 224 of 256 pixels are 0.875; rounded as timm and transformers do, but for what a share lacks to a whole pixel.
      const before = (cut: number) => Math.floor(cut / crop + 1e-6);
      const [wide, high] = [before(width), before(height)];
      return [
        width === height
          ? { op: 'resize', shortest: wide, resample }
          : { op: 'resize', cover: { width: wide, height: high }, resample },
        { op: 'crop', width, height },
      ];
    }
    case 'letterbox':
      return [
        { op: 'resize', within: { width, height }, resample },
        { op: 'pad', width, height, colour: [...LETTERBOX_GREY] },
      ];
    default:
      return fit satisfies never;
  }
}

/** What older pages know of steps: the nearest that `fit` and `crop` can say. */
export function fitOf(input: DescribedInput): { fit: 'stretch' | 'crop' | 'letterbox'; crop?: number } {
  const { steps, fit = 'stretch', crop } = input;
  if (steps === undefined) return crop === undefined ? { fit } : { fit, crop };
  if (steps.some(({ op }) => op === 'pad')) return { fit: 'letterbox' };
  const resize = steps.find((step) => step.op === 'resize');
  if (resize === undefined || 'width' in resize || 'atMost' in resize) return { fit: 'stretch' };
  // As much as is seen of a picture of the input's shape.
  const { part } = follow(steps, { width: input.width * 8, height: input.height * 8 }).fitted;
  return { fit: 'crop', crop: Math.max(part[2], part[3]) };
}

/** For a reader: what is done to a picture, one step after the other. */
export const stepsInWords = (steps: readonly Step[]): string => steps.map(inWords).join(', ');

function inWords(step: Step): string {
  const of = ({ width, height }: Size) => `${width}x${height}`;
  switch (step.op) {
    case 'crop':
      return `cut to ${of(step)}`;
    case 'pad':
      return `padded${step.at ? ' at the right and below' : ''} to ${of(step)} with ${step.colour.join(' ')}`;
    case 'resize': {
      const by = `(${step.resample})`;
      if ('width' in step) return `scaled to ${of(step)} ${by}`;
      if ('within' in step) return `scaled to fit into ${of(step.within)} ${by}`;
      if ('atMost' in step) return `scaled down to fit into ${of(step.atMost)} where it is larger ${by}`;
      if ('cover' in step) return `scaled to cover ${of(step.cover)} ${by}`;
      if ('towards' in step) {
        const multiples = step.multipleOf === undefined ? '' : `, sides multiples of ${step.multipleOf}`;
        return `scaled to width or height of ${of(step.towards)}${multiples} ${by}`;
      }
      const limit = step.longest === undefined ? '' : `, the longer at most ${step.longest}`;
      return `shorter side scaled to ${step.shortest}${limit} ${by}`;
    }
    default:
      return step satisfies never;
  }
}
