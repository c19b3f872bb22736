import * as v from 'valibot';
import { encodeResult, parseJob } from '../queue/frameBytes.ts';
import type { FrameJob, FrameResult, TakenFrame } from '../queue/frameQueue.ts';

/** What gateways and workers say to each other of frames, as bytes, and on which subjects. Little-endian. */

/** Of a process: an id of a member. */
const idIn = (kind: 'gateway' | 'worker') => (name: string, id: string, what: string) =>
  `${name}.${kind}.${id}.${what}`;
export const gatewaySubject: (name: string, id: string, what: 'take' | 'more' | 'answer') => string =
  idIn('gateway');
export const workerSubject: (name: string, id: string, what: 'holds') => string = idIn('worker');
/** To one of a group's workers that are free. */
export const offerSubject = (name: string, group: string) => `${name}.offer.${group}`;

/** A worker asks for the frame whose turn it is. */
const Take = v.object({
  worker: v.string(),
  group: v.string(),
  /** Models that it can run. Absent: all. */
  models: v.optional(v.array(v.string())),
});
export type Take = v.InferOutput<typeof Take>;
/** A worker asks for more frames of a model, to be run with one that it has. */
const More = v.object({
  worker: v.string(),
  group: v.string(),
  model: v.string(),
  counts: v.array(v.number()),
});
export type More = v.InferOutput<typeof More>;

const decoder = new TextDecoder();
const jsonOf = (bytes: Uint8Array): unknown => JSON.parse(decoder.decode(bytes));
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const TOKEN_BYTES = 8;
/** The number of a frame that was asked for without a token. */
const NO_TOKEN = -1;

/** @param token number of the token that gave the worker its turn; undefined where the gateway has offered a frame */
export function encodeTake(token: number | undefined, take: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(TOKEN_BYTES + take.byteLength);
  viewOf(bytes).setFloat64(0, token ?? NO_TOKEN, true);
  bytes.set(take, TOKEN_BYTES);
  return bytes;
}

/** @throws Error where the bytes are none */
export function parseTake(bytes: Uint8Array): Take & { token: number | undefined } {
  const token = viewOf(bytes).getFloat64(0, true);
  const take = v.parse(Take, jsonOf(bytes.subarray(TOKEN_BYTES)));
  return { ...take, token: token === NO_TOKEN ? undefined : token };
}

/** @throws Error where the bytes are none */
export const parseMore = (bytes: Uint8Array): More => v.parse(More, jsonOf(bytes));
export const toBytes = (value: Take | More | readonly number[]): Uint8Array =>
  Buffer.from(JSON.stringify(value));
/** @throws Error where the bytes are none */
export const parseNumbers = (bytes: Uint8Array): number[] => v.parse(v.array(v.number()), jsonOf(bytes));

/** A frame in the hands of a worker, as bytes: length, number that its gateway gave it, wait, whether it was alone, job. */
const HAND_BYTES = 4 + 4 + 8 + 1;

export interface HandedFrame extends Pick<TakenFrame, 'job' | 'queueMs' | 'isAlone'> {
  readonly number: number;
}

export function encodeHanded(
  { number, queueMs, isAlone }: Omit<HandedFrame, 'job'>,
  job: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(HAND_BYTES + job.byteLength);
  const view = viewOf(bytes);
  view.setUint32(0, job.byteLength, true);
  view.setUint32(4, number, true);
  view.setFloat64(8, queueMs, true);
  view.setUint8(16, isAlone ? 1 : 0);
  bytes.set(job, HAND_BYTES);
  return bytes;
}

/** Frames one after another; none is no bytes. @throws Error where the bytes are none */
export function parseHanded(bytes: Uint8Array): HandedFrame[] {
  const frames: HandedFrame[] = [];
  const view = viewOf(bytes);
  for (let at = 0; at < bytes.byteLength; ) {
    const end = at + HAND_BYTES + view.getUint32(at, true);
    frames.push({
      number: view.getUint32(at + 4, true),
      queueMs: view.getFloat64(at + 8, true),
      isAlone: view.getUint8(at + 16) === 1,
      job: parseJob(bytes.subarray(at + HAND_BYTES, end)),
    });
    at = end;
  }
  return frames;
}

/** Number of the frame, and whether the answer ends here. */
const ANSWER_BYTES = 4 + 1;

/** In as many messages as it needs: a picture's tiles may be larger than one. */
export function encodeAnswer(number: number, result: FrameResult, maxPayload: number): Uint8Array[] {
  const body = encodeResult(result);
  const partBytes = maxPayload - ANSWER_BYTES;
  const parts: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < body.byteLength; at += partBytes) {
    const part = body.subarray(at, at + partBytes);
    const bytes = new Uint8Array(ANSWER_BYTES + part.byteLength);
    viewOf(bytes).setUint32(0, number, true);
    bytes[4] = at + partBytes >= body.byteLength ? 1 : 0;
    bytes.set(part, ANSWER_BYTES);
    parts.push(bytes);
  }
  return parts;
}

/** @throws RangeError where the bytes are none */
export const readAnswerPart = (bytes: Uint8Array): { number: number; isLast: boolean; part: Uint8Array } => ({
  number: viewOf(bytes).getUint32(0, true),
  isLast: viewOf(bytes).getUint8(4) === 1,
  part: bytes.subarray(ANSWER_BYTES),
});

/** What stands around a picture in its message, at most: ids, names of models, numbers. */
const FRAME_MARGIN_BYTES = 4_096;

/** The largest picture that certainly fits into a message. */
export const maxImageBytes = (maxPayload: number): number => maxPayload - FRAME_MARGIN_BYTES;

/** Bytes that frames take up together. */
export const handedBytes = (jobs: readonly FrameJob[]): number =>
  jobs.reduce((sum, { image }) => sum + image.byteLength + FRAME_MARGIN_BYTES, 0);
