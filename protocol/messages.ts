import * as v from 'valibot';
import { MAX_TOKEN_CHARS } from './access.ts';
import { CodedError } from './errors.ts';
import { MAX_SECONDARY_MODELS } from './frame.ts';
import type { PointsLayout } from './points.ts';
import { WireSentence } from './sentence.ts';
import { Steps } from './steps.ts';
import { Fit, Outline as OutlineSchema, Quad, Score } from './vocabulary.ts';

/** The WebSocket subprotocol; a change that breaks clients gets a new one. */
export const SUBPROTOCOL = 'livelens.v1';
export const STREAM_PATH = '/v1/stream';

/** A resume token is no longer. */
export const MAX_RESUME_CHARS = 16_384;

/** What a client calls a model. Wider than `ModelId`: a name that no model can have is answered as an unknown model. */
const RequestedModel = v.pipe(v.string(), v.maxLength(64));

/** Secondary models; frames name them by their index here, counted from 1. */
const Also = v.optional(v.pipe(v.array(RequestedModel), v.maxLength(MAX_SECONDARY_MODELS)));

// Schemas are not strict: a peer may send fields that a later version of us will know.

const ClientMessage = v.variant('type', [
  v.object({
    type: v.literal('hello'),
    model: v.optional(RequestedModel),
    also: Also,
    minScore: v.optional(Score),
    token: v.optional(v.pipe(v.string(), v.maxLength(MAX_TOKEN_CHARS))),
    /** The last resume token of the session that goes on. */
    resume: v.optional(v.pipe(v.string(), v.maxLength(MAX_RESUME_CHARS))),
  }),
  v.object({
    type: v.literal('configure'),
    model: v.optional(RequestedModel),
    also: Also,
    minScore: v.optional(Score),
  }),
]);
export type ClientMessage = v.InferOutput<typeof ClientMessage>;
export type ClientMessageOf<T extends ClientMessage['type']> = Extract<ClientMessage, { type: T }>;

export const ModelInfo = v.object({
  id: v.string(),
  /** Two of the same version give the same answers. */
  version: v.string(),
  name: v.string(),
  task: v.string(),
  labels: v.array(v.string()),
  /** Several labels may apply at a time; else exactly one does. Classification only. */
  multiLabel: v.optional(v.boolean()),
  /**
   * The size in pixels that the model sees. Send exactly this, prepared as `steps` say, or `fit` and `crop` where there are
   * none (vision/steps.ts): more is wasted, less is blurred.
   */
  input: v.object({
    width: v.number(),
    height: v.number(),
    fit: Fit,
    crop: v.optional(v.number()),
    /** Steps of a later version, which are not known here, are as none: `fit` and `crop` are near. */
    steps: v.fallback(v.optional(Steps), undefined),
  }),
  minScore: v.object({ floor: v.number(), default: v.number() }),
  /** Of models that find key points: which, and how they are joined. Not checked: the client package would pay for it. */
  points: v.optional(v.custom<PointsLayout>(() => true)),
});
export type ModelInfo = v.InferOutput<typeof ModelInfo>;

const Label = v.object({
  /** Stays with the same thing from frame to frame of a session. */
  id: v.number(),
  label: v.string(),
  score: v.number(),
  /** x, y, width, height in 0..1 of the frame, from its top left. */
  box: v.optional(v.tuple([v.number(), v.number(), v.number(), v.number()])),
  /** What was read, exactly: a line of text, or the content of a code. */
  text: v.optional(v.string()),
  quad: v.optional(Quad),
  outline: v.optional(OutlineSchema),
  /** Of a label without a box, that names a part of the picture: how much of it that is, 0..1. */
  share: v.optional(Score),
  /** Of a code: its symbology, such as `QRCode`. */
  format: v.optional(v.string()),
  /** Of a code whose content is no text: its bytes in base64. */
  bytes: v.optional(v.string()),
  /** Key points, one after the other: x, y in 0..1 of the frame and a score in 0..1; which they are stands in `ModelInfo`. */
  points: v.optional(v.array(v.number())),
});
export type Label = v.InferOutput<typeof Label>;

const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
const Timing = v.object({
  queueMs: v.number(),
  decodeMs: v.number(),
  inferMs: v.number(),
  /** From the frame's arrival at the server to the departure of its answer; includes the three above. */
  serverMs: v.number(),
});
export type Timing = v.InferOutput<typeof Timing>;

export const DROP_REASONS = [
  'superseded',
  'stale',
  'undecodable',
  'too_costly',
  'rate_limited',
  'worker_lost',
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

const ServerMessage = v.variant('type', [
  v.object({
    type: v.literal('welcome'),
    session: v.string(),
    /** Whether the session of the client's resume token goes on: its settings and its things with their ids. */
    resumed: v.boolean(),
    /** To be shown in the next hello. */
    resume: v.string(),
    model: ModelInfo,
    also: v.array(ModelInfo),
    minScore: v.number(),
    credits: v.number(),
    maxFrameBytes: v.number(),
    maxAgeMs: v.number(),
    heartbeatMs: v.number(),
    /** Whether frames may say what they show of a scene (SPEC.md, S11). Older servers do not say. */
    parts: v.optional(v.boolean()),
    /** Whether frames may come as text (SPEC.md, T1). Older servers do not say. */
    textFrames: v.optional(v.boolean()),
  }),
  v.object({
    type: v.literal('labels'),
    seq: v.number(),
    capturedAtMs: v.number(),
    /** When the frame arrived, in ms since 1970 on the server's clock, which need not agree with the client's. */
    receivedAtMs: v.number(),
    model: v.string(),
    labels: v.array(Label),
    /** What the model's task says beyond labels; see SPEC.md, "Tasks". */
    answer: v.optional(v.unknown()),
    timing: Timing,
  }),
  v.object({ type: v.literal('resume'), resume: v.string() }),
  v.object({ type: v.literal('dropped'), seq: v.number(), reason: v.picklist(DROP_REASONS) }),
  v.object({
    type: v.literal('model'),
    model: ModelInfo,
    also: v.array(ModelInfo),
    minScore: v.number(),
  }),
  v.object({ type: v.literal('goaway'), reason: v.string(), reconnectAfterMs: v.number() }),
  v.object({ type: v.literal('error'), code: v.string(), message: v.string(), fatal: v.boolean() }),
]);
export type ServerMessage = v.InferOutput<typeof ServerMessage>;
export type ServerMessageOf<T extends ServerMessage['type']> = Extract<ServerMessage, { type: T }>;

/** The body of a successful `POST /v1/predict`. */
export const Prediction = v.object({
  model: v.string(),
  labels: v.array(Label),
  /** What an embedding model gives, instead of labels. */
  embedding: v.optional(v.array(v.number())),
  /** What any other task says beyond labels. */
  answer: v.optional(v.unknown()),
  /** With `thorough=1`: views of the picture that a model saw, and those that were planned; the whole is one of them. */
  views: v.optional(v.object({ seen: Count, planned: Count })),
  timing: Timing,
});
export type Prediction = v.InferOutput<typeof Prediction>;

/** The body of `GET /v1/time`: ms since 1970 on the server's clock, with parts of a millisecond. */
export const ServerTime = v.object({ nowMs: v.number() });
export type ServerTime = v.InferOutput<typeof ServerTime>;

/** The body of every HTTP error. */
export const ErrorBody = v.object({
  /** `sentence`: of `message`, which is in English. */
  error: v.object({ code: v.string(), message: v.string(), sentence: v.optional(WireSentence) }),
});
export type ErrorBody = v.InferOutput<typeof ErrorBody>;

/** @throws CodedError `malformed_message` */
export const parseClientMessage = (text: string): ClientMessage => parseMessage(ClientMessage, text);
/** @throws CodedError `malformed_message` */
export const parseServerMessage = (text: string): ServerMessage => parseMessage(ServerMessage, text);

/** @throws CodedError `malformed_message`, which names the field */
export function parseMessage<const S extends v.GenericSchema>(schema: S, text: string): v.InferOutput<S> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CodedError('malformed_message', 'A text message must be JSON.', { cause });
  }
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const at = v.getDotPath(issue);
  throw new CodedError('malformed_message', `Malformed message${at ? ` at "${at}"` : ''}: ${issue.message}`);
}
