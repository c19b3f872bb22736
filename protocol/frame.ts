import { CodedError } from './errors.ts';

/** Bytes before the image in a binary frame message; `VIEW_BYTES` more where it says what it shows. */
export const FRAME_HEADER_BYTES = 16;
/** Two rectangles of four float32. */
const VIEW_BYTES = 32;
const VERSION = 1;
/** Maximum number of secondary models of a session. */
export const MAX_SECONDARY_MODELS = 3;

export const IMAGE_FORMATS = ['jpeg', 'webp', 'png'] as const;
export type ImageFormat = (typeof IMAGE_FORMATS)[number];

/** How a frame belongs to the one before it for the same model, in the order of header byte 3, from 1 on. */
const SHOWS = ['new scene', 'same scene', 'part'] as const;

/** x, y, width, height in 0..1. */
type Rect = readonly [x: number, y: number, width: number, height: number];

/** What a frame shows of a scene, so that parts of a scene that stands still are merged with the whole: SPEC.md, S11. */
export interface FrameView {
  /** The whole of a scene that differs from the one before, the whole of the same one, or a part of it. */
  readonly shows: (typeof SHOWS)[number];
  /** What is shown, in 0..1 of what a frame of the whole shows; `[0, 0, 1, 1]` of the whole. */
  readonly part: Rect;
  /** Where that lies in the frame, in 0..1 of the frame. */
  readonly inputRect: Rect;
}

export interface Frame {
  /** Sequence number, uint32, set by the client; it comes back in the answer. */
  seq: number;
  /** When the picture was taken, in ms of the client's own clock; it comes back in the answer untouched. */
  capturedAtMs: number;
  format: ImageFormat;
  /** Which of the session's models runs on it: 0 is `model`, from 1 on they are those of `also`. Default 0. */
  modelIndex?: number;
  /** Only for servers whose `welcome` has `parts`. Default: a frame that has nothing to do with the one before. */
  view?: FrameView | undefined;
  /** The encoded picture. */
  image: Uint8Array;
}

/** Maximum number of bytes before the image. */
export const MAX_FRAME_HEADER_BYTES = FRAME_HEADER_BYTES + VIEW_BYTES;

/** The bytes that go before the image, 16, or 48 with a view: see SPEC.md, "Frame". */
export function encodeFrameHeader(frame: Omit<Frame, 'image'>): Uint8Array<ArrayBuffer> {
  const { view: seen } = frame;
  const header = new Uint8Array(FRAME_HEADER_BYTES + (seen ? VIEW_BYTES : 0));
  const view = new DataView(header.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, IMAGE_FORMATS.indexOf(frame.format) + 1);
  view.setUint8(2, frame.modelIndex ?? 0);
  view.setUint32(4, frame.seq, true);
  view.setFloat64(8, frame.capturedAtMs, true);
  if (seen) {
    view.setUint8(3, SHOWS.indexOf(seen.shows) + 1);
    for (const [at, side] of [...seen.part, ...seen.inputRect].entries()) {
      view.setFloat32(FRAME_HEADER_BYTES + 4 * at, side, true);
    }
  }
  return header;
}

/** One binary message, header and image. */
export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  const header = encodeFrameHeader(frame);
  const message = new Uint8Array(header.byteLength + frame.image.byteLength);
  message.set(header);
  message.set(frame.image, header.byteLength);
  return message;
}

/**
 * Reads one binary message. `image` is a view into `message`, not a copy.
 * @throws CodedError `unsupported_version` or `malformed_frame`
 */
export function parseFrame(message: Uint8Array): Frame & { modelIndex: number } {
  if (message.byteLength <= FRAME_HEADER_BYTES) {
    throw new CodedError(
      'malformed_frame',
      `A frame has ${FRAME_HEADER_BYTES} header bytes and an image; this one has ${message.byteLength} bytes.`,
    );
  }
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const version = view.getUint8(0);
  if (version !== VERSION) {
    throw new CodedError('unsupported_version', `Frame version ${VERSION} expected, got ${version}.`);
  }
  const format = IMAGE_FORMATS[view.getUint8(1) - 1];
  if (format === undefined) {
    throw new CodedError(
      'malformed_frame',
      `Image format 1 (JPEG), 2 (WebP) or 3 (PNG) expected, got ${view.getUint8(1)}.`,
    );
  }
  const modelIndex = view.getUint8(2);
  if (modelIndex > MAX_SECONDARY_MODELS) {
    throw new CodedError(
      'malformed_frame',
      `Header byte 2 names a model, 0 to ${MAX_SECONDARY_MODELS}; got ${modelIndex}.`,
    );
  }
  const kind = view.getUint8(3);
  if (kind > SHOWS.length) {
    throw new CodedError(
      'malformed_frame',
      `Header byte 3 says what the frame shows, 0 to ${SHOWS.length}; got ${kind}.`,
    );
  }
  const capturedAtMs = view.getFloat64(8, true);
  if (!Number.isFinite(capturedAtMs)) {
    throw new CodedError('malformed_frame', 'capturedAtMs must be a finite number of milliseconds.');
  }
  const seq = view.getUint32(4, true);
  const shows = SHOWS[kind - 1];
  if (shows === undefined) {
    return { seq, capturedAtMs, format, modelIndex, image: message.subarray(FRAME_HEADER_BYTES) };
  }
  const image = message.subarray(FRAME_HEADER_BYTES + VIEW_BYTES);
  return { seq, capturedAtMs, format, modelIndex, view: parseView(view, shows), image };
}

/** float32 may take a rectangle beyond its frame by this. */
const ROUNDING = 1e-5;

function parseView(header: DataView, shows: FrameView['shows']): FrameView {
  const end = FRAME_HEADER_BYTES + VIEW_BYTES;
  if (header.byteLength <= end) {
    throw new CodedError(
      'malformed_frame',
      `A frame that says what it shows has ${end} header bytes and an image; this one has ${header.byteLength} bytes.`,
    );
  }
  const rectAt = (offset: number): Rect => {
    const side = (at: number) => header.getFloat32(offset + 4 * at, true);
    const rect: Rect = [side(0), side(1), side(2), side(3)];
    const [x, y, width, height] = rect;
    // Written so that what is no number does not pass.
    const isWithin = x >= 0 && y >= 0 && x + width <= 1 + ROUNDING && y + height <= 1 + ROUNDING;
    if (isWithin && width > 0 && height > 0) return rect;
    throw new CodedError(
      'malformed_frame',
      `What a frame shows lies within 0..1 and is not empty; got x ${x}, y ${y}, width ${width}, height ${height}.`,
    );
  };
  return { shows, part: rectAt(FRAME_HEADER_BYTES), inputRect: rectAt(FRAME_HEADER_BYTES + 16) };
}
