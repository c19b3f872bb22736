import * as v from 'valibot';
import { MAX_TOKEN_CHARS } from './access.ts';
import { CodedError } from './errors.ts';
import { IMAGE_FORMATS, type ImageFormat } from './frame.ts';
import { parseMessage } from './messages.ts';
import { MAX_POINTS, PointEdges } from './points.ts';
import { Outline, Score } from './vocabulary.ts';

/** The relay: pictures of cameras that agreed to be shown, and the screens that show them. See SPEC.md, "The relay". */
export const RELAY_PATH = '/v1/relay';
/** The WebSocket subprotocol; a change that breaks clients gets a new one. */
export const RELAY_SUBPROTOCOL = 'livelens.relay.v1';

/** Bytes before the labels in a relayed picture. */
const HEADER_BYTES = 16;
const VERSION = 1;
/** Maximum size of a relayed picture, header and labels included, bytes. */
export const MAX_RELAYED_BYTES = 256 << 10;
/** Maximum size of its labels as JSON, bytes. */
export const MAX_LABELS_BYTES = 32 << 10;
/** Maximum number of its labels. */
export const MAX_RELAYED_LABELS = 100;
/** Longest side of a relayed picture, pixels. */
export const MAX_SIDE_PX = 1920;
/** Maximum number of pictures of one camera that a screen may wait for. */
export const MAX_WANTED = 2;
/** Longest name of a camera, characters. */
export const MAX_NAME_CHARS = 40;

/** Line breaks and other control characters, and what turns the direction of the text around it. */
const NOT_IN_NAMES = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
/** A person reads it on a wall next to the names of others: it must not change how those are read. */
const Name = v.pipe(
  v.string(),
  v.maxLength(MAX_NAME_CHARS),
  v.transform((name) => name.replace(NOT_IN_NAMES, '')),
  v.trim(),
  v.minLength(1),
);
/** Of a camera, as long as it is shared; also in the header of its pictures. */
const CameraNumber = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(0xffff_ffff));
const Side = v.pipe(v.number(), v.integer(), v.minValue(16), v.maxValue(MAX_SIDE_PX));
const Token = v.optional(v.pipe(v.string(), v.maxLength(MAX_TOKEN_CHARS)));
const Time = v.object({ type: v.literal('time'), sentAtMs: v.number() });

// Schemas are not strict: a peer may send fields that a later version of us will know.

const RelayClientMessage = v.variant('type', [
  v.object({
    type: v.literal('share'),
    name: v.optional(Name),
    /** Of `sharing`: the camera that comes back. */
    key: v.optional(v.pipe(v.string(), v.maxLength(64))),
    token: Token,
  }),
  v.object({ type: v.literal('watch'), token: Token }),
  v.object({
    type: v.literal('want'),
    pictures: v.pipe(v.array(v.object({ camera: CameraNumber, maxSidePx: Side })), v.maxLength(64)),
  }),
  v.object({ type: v.literal('rename'), camera: CameraNumber, name: Name }),
  /** Ends the consent of a camera: nothing of it is relayed from then on. */
  v.object({ type: v.literal('stop') }),
  Time,
]);
export type RelayClientMessage = v.InferOutput<typeof RelayClientMessage>;
export type RelayClientMessageOf<T extends RelayClientMessage['type']> = Extract<
  RelayClientMessage,
  { type: T }
>;

const SharedCamera = v.object({
  camera: v.number(),
  /** Without a name its number is shown. */
  name: v.optional(v.string()),
  /** `lost`: its connection broke; it keeps its place for a minute. */
  state: v.picklist(['shared', 'lost']),
});
export type SharedCamera = v.InferOutput<typeof SharedCamera>;

const RelayServerMessage = v.variant('type', [
  v.object({
    type: v.literal('sharing'),
    camera: v.number(),
    name: v.optional(v.string()),
    key: v.string(),
    screens: v.number(),
    maxPictureBytes: v.number(),
    maxAgeMs: v.number(),
  }),
  v.object({ type: v.literal('take'), maxSidePx: v.number() }),
  v.object({ type: v.literal('screens'), count: v.number() }),
  v.object({ type: v.literal('named'), name: v.string() }),
  v.object({ type: v.literal('watching'), cameras: v.array(SharedCamera), maxAgeMs: v.number() }),
  v.object({ type: v.literal('camera'), ...SharedCamera.entries }),
  v.object({ type: v.literal('gone'), camera: v.number() }),
  v.object({ type: v.literal('time'), sentAtMs: v.number(), serverAtMs: v.number() }),
  v.object({ type: v.literal('goaway'), reason: v.string(), reconnectAfterMs: v.number() }),
  v.object({ type: v.literal('error'), code: v.string(), message: v.string(), fatal: v.boolean() }),
]);
export type RelayServerMessage = v.InferOutput<typeof RelayServerMessage>;

/** @throws CodedError `malformed_message` */
export const parseRelayClientMessage = (text: string): RelayClientMessage =>
  parseMessage(RelayClientMessage, text);
/** @throws CodedError `malformed_message` */
export const parseRelayServerMessage = (text: string): RelayServerMessage =>
  parseMessage(RelayServerMessage, text);

export const RelayedLabels = v.pipe(
  v.array(
    v.object({
      /** Stays with the same thing from picture to picture of a camera. */
      id: v.pipe(v.number(), v.integer()),
      label: v.pipe(v.string(), v.maxLength(200)),
      score: Score,
      /** x, y, width, height in 0..1 of the picture, from its top left. */
      box: v.optional(v.tuple([Score, Score, Score, Score])),
      text: v.optional(v.pipe(v.string(), v.maxLength(500))),
      outline: v.optional(Outline),
      /** Key points, one after the other: x, y in 0..1 of the picture, and 1 where it is found, 0 where it is not to be drawn. */
      points: v.optional(v.pipe(v.array(Score), v.maxLength(3 * MAX_POINTS))),
      edges: v.optional(PointEdges),
    }),
  ),
  v.maxLength(MAX_RELAYED_LABELS),
);
export type RelayedLabels = v.InferOutput<typeof RelayedLabels>;

/** One picture on its way to a screen. */
export interface RelayedPicture {
  /** From a camera: any number. To a screen: the camera. */
  camera: number;
  /** When it was captured, ms since 1970 on the server's clock. */
  capturedAtMs: number;
  format: ImageFormat;
  labels: RelayedLabels;
  /** The encoded picture. */
  image: Uint8Array;
}

/** One binary message: header, labels, image. See SPEC.md, "Relayed picture". */
export function encodeRelayedPicture(picture: RelayedPicture): Uint8Array<ArrayBuffer> {
  const labels = new TextEncoder().encode(JSON.stringify(picture.labels));
  const message = new Uint8Array(HEADER_BYTES + labels.byteLength + picture.image.byteLength);
  const view = new DataView(message.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, IMAGE_FORMATS.indexOf(picture.format) + 1);
  view.setUint16(2, labels.byteLength, true);
  message.set(labels, HEADER_BYTES);
  message.set(picture.image, HEADER_BYTES + labels.byteLength);
  stampRelayedPicture(message, picture);
  return message;
}

/** Writes camera and time into the header of a message, in place: a relay copies no picture. */
export function stampRelayedPicture(
  message: Uint8Array,
  { camera, capturedAtMs }: Pick<RelayedPicture, 'camera' | 'capturedAtMs'>,
): void {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  view.setUint32(4, camera, true);
  view.setFloat64(8, capturedAtMs, true);
}

/**
 * Reads one binary message. `image` is a view into `message`, not a copy.
 * @throws CodedError `unsupported_version` or `malformed_frame`
 */
export function parseRelayedPicture(message: Uint8Array): RelayedPicture {
  if (message.byteLength <= HEADER_BYTES) throw malformed(`it has ${message.byteLength} bytes.`);
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const version = view.getUint8(0);
  if (version !== VERSION) {
    throw new CodedError('unsupported_version', `Picture version ${VERSION} expected, got ${version}.`);
  }
  const format = IMAGE_FORMATS[view.getUint8(1) - 1];
  if (format === undefined) throw malformed(`its format is ${view.getUint8(1)}; 1 JPEG, 2 WebP, 3 PNG.`);
  const labelsBytes = view.getUint16(2, true);
  if (labelsBytes > MAX_LABELS_BYTES) throw malformed(`its labels have ${labelsBytes} bytes.`);
  const imageAt = HEADER_BYTES + labelsBytes;
  if (imageAt >= message.byteLength) throw malformed('there is nothing after its labels.');
  const capturedAtMs = view.getFloat64(8, true);
  if (!Number.isFinite(capturedAtMs)) throw malformed('capturedAtMs is no number.');
  return {
    camera: view.getUint32(4, true),
    capturedAtMs,
    format,
    labels: parseLabels(message.subarray(HEADER_BYTES, imageAt)),
    image: message.subarray(imageAt),
  };
}

function parseLabels(bytes: Uint8Array): RelayedLabels {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw malformed('its labels are not JSON.');
  }
  const result = v.safeParse(RelayedLabels, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw malformed(`its labels${v.getDotPath(issue) ? ` at "${v.getDotPath(issue)}"` : ''}: ${issue.message}`);
}

const malformed = (what: string) =>
  new CodedError(
    'malformed_frame',
    `A relayed picture has ${HEADER_BYTES} header bytes, labels and an image; of this one ${what}`,
  );
