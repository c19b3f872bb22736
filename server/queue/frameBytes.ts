import * as v from 'valibot';
import { CodedError } from '../../protocol/errors.ts';
import { DROP_REASONS } from '../../protocol/messages.ts';
import { TaskName, taskOf } from '../../vision/tasks/taskOf.ts';
import type { FrameJob, FrameResult } from './frameQueue.ts';

/**
 * Jobs and results as bytes, for a queue between processes: the length of a JSON header as uint32 (little-endian), the
 * header, and what is binary after it. Both directions are parsed: the other process may be of another version.
 */

const HEADER_LENGTH_BYTES = 4;
const Milliseconds = v.pipe(v.number(), v.minValue(0));
const Count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** What a newer version adds is ignored. All of a job crosses: one that is not named here does not compile. */
const JobHeader = v.object({
  key: v.string(),
  model: v.string(),
  format: v.picklist(['jpeg', 'png', 'webp']),
  maxPixels: Count,
  maxDecodeMs: Milliseconds,
  isFitted: v.boolean(),
  isSecondary: v.optional(v.boolean()),
  stream: v.optional(v.string()),
  maxLabels: v.optional(Count),
  wantsTiles: v.optional(v.boolean()),
} satisfies Record<Exclude<keyof FrameJob, 'image'>, v.GenericSchema>);

/** Where a value lies in what is binary: bytes from its begin, and its length in its own elements. */
const Place = v.strictTuple([Count, Count]);
const FLOATS = '$float32';
const BYTES = '$bytes';

const Rect = v.tuple([v.number(), v.number(), v.number(), v.number()]);
const Tile = v.object({
  fitted: v.object({ part: Rect, inputRect: Rect }),
  isMirrored: v.boolean(),
  image: v.instance(Uint8Array),
});

const ResultHeader = v.variant('kind', [
  v.object({
    kind: v.literal('answered'),
    version: v.string(),
    answer: v.looseObject({ task: TaskName }),
    tiles: v.optional(v.array(Tile)),
    batch: v.optional(Count),
    timing: v.object({ queueMs: Milliseconds, decodeMs: Milliseconds, inferMs: Milliseconds }),
  }),
  v.object({
    kind: v.literal('dropped'),
    reason: v.picklist(DROP_REASONS),
    detail: v.optional(v.string()),
  }),
]);

export function encodeJob({ image, ...header }: FrameJob): Uint8Array {
  return join(JSON.stringify(header), [image]);
}

/** @throws CodedError `malformed_frame` */
export function parseJob(bytes: Uint8Array): FrameJob {
  const { json, rest } = split(bytes);
  return { ...parsed(JobHeader, json), image: new Uint8Array(rest) };
}

export function encodeResult(result: FrameResult): Uint8Array {
  const arrays: Uint8Array[] = [];
  let bytes = 0;
  /** Each begins at a multiple of 4, as floats have to. */
  const place = (array: Uint8Array | Float32Array): [number, number] => {
    const at = bytes;
    const own = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    const padding = new Uint8Array(-own.byteLength & 3);
    arrays.push(own, padding);
    bytes += own.byteLength + padding.byteLength;
    return [at, array.length];
  };
  const json = JSON.stringify(result, function (this: Record<string, unknown>, key, value: unknown) {
    // A Buffer has been turned into something else here.
    const own = this[key];
    if (own instanceof Float32Array) return { [FLOATS]: place(own) };
    if (own instanceof Uint8Array) return { [BYTES]: place(own) };
    return value;
  });
  return join(json, arrays);
}

/** @throws CodedError `malformed_frame` */
export function parseResult(bytes: Uint8Array): FrameResult {
  const { json } = split(bytes, (binary) => {
    const { buffer } = new Uint8Array(binary);
    const lies = (value: unknown, elementBytes: number): [number, number] => {
      const [at, length] = parsed(Place, value);
      if (at % elementBytes !== 0 || at + length * elementBytes > buffer.byteLength)
        throw malformed('an array lies outside of the bytes');
      return [at, length];
    };
    return (_, value: unknown) => {
      if (typeof value !== 'object' || value === null) return value;
      if (FLOATS in value) return new Float32Array(buffer, ...lies(value[FLOATS], 4));
      if (BYTES in value) return new Uint8Array(buffer, ...lies(value[BYTES], 1));
      return value;
    };
  });
  const result = parsed(ResultHeader, json);
  if (result.kind === 'dropped') return result;
  return { ...result, answer: parsed(taskOf(result.answer.task).inPicture, result.answer) };
}

function join(header: string, binary: readonly Uint8Array[]): Uint8Array {
  const json = Buffer.from(header);
  const length = Buffer.alloc(HEADER_LENGTH_BYTES);
  length.writeUInt32LE(json.byteLength);
  return Buffer.concat([length, json, ...binary]);
}

type Revive = (key: string, value: unknown) => unknown;

/** @param reviver for what is binary */
function split(bytes: Uint8Array, reviver?: (rest: Buffer) => Revive): { json: unknown; rest: Buffer } {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (all.byteLength < HEADER_LENGTH_BYTES) throw malformed('no header');
  const end = HEADER_LENGTH_BYTES + all.readUInt32LE(0);
  if (end > all.byteLength) throw malformed('the header is longer than the bytes');
  const text = all.toString('utf8', HEADER_LENGTH_BYTES, end);
  const rest = all.subarray(end);
  // Most answers hold nothing binary, and looking at each of their values would take longer than all else.
  const isPlain = reviver === undefined || !(text.includes(FLOATS) || text.includes(BYTES));
  try {
    return { json: JSON.parse(text, isPlain ? undefined : reviver(rest)), rest };
  } catch (error) {
    if (error instanceof CodedError) throw error;
    throw malformed('the header is not JSON');
  }
}

function parsed<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw malformed(`"${v.getDotPath(issue)}": ${issue.message}`);
}

const malformed = (what: string) =>
  new CodedError('malformed_frame', `A job or result of another process cannot be read: ${what}.`);
