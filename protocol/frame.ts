import { CodedError } from './errors.ts';

/** Bytes before the image in a binary frame message. */
export const FRAME_HEADER_BYTES = 16;
const VERSION = 1;
/** Maximum number of secondary models of a session. */
export const MAX_SECONDARY_MODELS = 3;

export const IMAGE_FORMATS = ['jpeg', 'webp', 'png'] as const;
export type ImageFormat = (typeof IMAGE_FORMATS)[number];

export interface Frame {
  /** Sequence number, uint32, set by the client; it comes back in the answer. */
  seq: number;
  /** When the picture was taken, in ms of the client's own clock; it comes back in the answer untouched. */
  capturedAtMs: number;
  format: ImageFormat;
  /** Which of the session's models runs on it: 0 is `model`, from 1 on they are those of `also`. Default 0. */
  modelIndex?: number;
  /** The encoded picture. */
  image: Uint8Array;
}

/** The 16 bytes that go before the image: see SPEC.md, "Frame". */
export function encodeFrameHeader(frame: Omit<Frame, 'image'>): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(FRAME_HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, IMAGE_FORMATS.indexOf(frame.format) + 1);
  view.setUint8(2, frame.modelIndex ?? 0);
  view.setUint32(4, frame.seq, true);
  view.setFloat64(8, frame.capturedAtMs, true);
  return header;
}

/** One binary message, header and image. */
export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(FRAME_HEADER_BYTES + frame.image.byteLength);
  message.set(encodeFrameHeader(frame));
  message.set(frame.image, FRAME_HEADER_BYTES);
  return message;
}

/**
 * Reads one binary message. `image` is a view into `message`, not a copy.
 * @throws CodedError `unsupported_version` or `malformed_frame`
 */
export function parseFrame(message: Uint8Array): Required<Frame> {
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
  if (view.getUint8(3) !== 0) {
    throw new CodedError('malformed_frame', 'Header byte 3 is reserved and must be 0.');
  }
  const capturedAtMs = view.getFloat64(8, true);
  if (!Number.isFinite(capturedAtMs)) {
    throw new CodedError('malformed_frame', 'capturedAtMs must be a finite number of milliseconds.');
  }
  const seq = view.getUint32(4, true);
  return { seq, capturedAtMs, format, modelIndex, image: message.subarray(FRAME_HEADER_BYTES) };
}
