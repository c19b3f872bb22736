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

const JobHeader = v.strictObject({
  key: v.string(),
  model: v.string(),
  format: v.picklist(['jpeg', 'png', 'webp']),
  maxPixels: Count,
  maxDecodeMs: Milliseconds,
  isFitted: v.boolean(),
  stream: v.optional(v.string()),
  maxLabels: v.optional(Count),
  wantsTiles: v.optional(v.boolean()),
});

const Rect = v.tuple([v.number(), v.number(), v.number(), v.number()]);
const Tile = v.strictObject({
  fitted: v.strictObject({ part: Rect, inputRect: Rect }),
  isMirrored: v.boolean(),
  image: v.pipe(v.string(), v.base64()),
});

/** Where a typed array of an answer lies after the header, in numbers of 4 bytes. */
const FLOATS = '$float32';
const Floats = v.strictObject({ [FLOATS]: v.tuple([Count, Count]) });

const ResultHeader = v.variant('kind', [
  v.strictObject({
    kind: v.literal('answered'),
    version: v.string(),
    answer: v.looseObject({ task: TaskName }),
    tiles: v.optional(v.array(Tile)),
    batch: v.optional(Count),
    timing: v.strictObject({ queueMs: Milliseconds, decodeMs: Milliseconds, inferMs: Milliseconds }),
  }),
  v.strictObject({
    kind: v.literal('dropped'),
    reason: v.picklist(DROP_REASONS),
    detail: v.optional(v.string()),
  }),
]);

export function encodeJob({ image, ...header }: FrameJob): Uint8Array {
  return join(header, image);
}

/** @throws CodedError `malformed_frame` */
export function parseJob(bytes: Uint8Array): FrameJob {
  const { header, rest } = split(bytes, JobHeader);
  return { ...header, image: new Uint8Array(rest) };
}

export function encodeResult(result: FrameResult): Uint8Array {
  const arrays: Float32Array[] = [];
  let count = 0;
  const header = JSON.parse(
    JSON.stringify(withTextTiles(result), (_, value: unknown) => {
      if (!(value instanceof Float32Array)) return value;
      arrays.push(value);
      const at = [count, value.length];
      count += value.length;
      return { [FLOATS]: at };
    }),
  );
  const binary = Buffer.concat(
    arrays.map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength)),
  );
  return join(header, binary);
}

/** The pictures of tiles in base64. */
function withTextTiles(result: FrameResult): object {
  if (result.kind === 'dropped' || result.tiles === undefined) return result;
  const tiles = result.tiles.map((tile) => ({ ...tile, image: Buffer.from(tile.image).toString('base64') }));
  return { ...result, tiles };
}

/** @throws CodedError `malformed_frame` */
export function parseResult(bytes: Uint8Array): FrameResult {
  const { header, rest } = split(bytes, ResultHeader);
  const numbers = new Uint8Array(rest).buffer;
  const revive = (_: string, value: unknown): unknown => {
    const floats = v.safeParse(Floats, value);
    if (!floats.success) return value;
    const [from, length] = floats.output[FLOATS] ?? [0, 0];
    if ((from + length) * 4 > numbers.byteLength) throw malformed('an array lies outside of the bytes');
    return new Float32Array(numbers, from * 4, length);
  };
  const revived: typeof header = JSON.parse(JSON.stringify(header), revive);
  if (revived.kind === 'dropped') return revived;
  const { tiles, ...answered } = revived;
  return {
    ...answered,
    answer: parsed(taskOf(revived.answer.task).inPicture, revived.answer),
    ...(tiles && {
      tiles: tiles.map((tile) => ({ ...tile, image: new Uint8Array(Buffer.from(tile.image, 'base64')) })),
    }),
  };
}

function join(header: object, binary: Uint8Array): Uint8Array {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(HEADER_LENGTH_BYTES);
  length.writeUInt32LE(json.byteLength);
  return Buffer.concat([length, json, binary]);
}

function split<S extends v.GenericSchema>(
  bytes: Uint8Array,
  schema: S,
): { header: v.InferOutput<S>; rest: Uint8Array } {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (all.byteLength < HEADER_LENGTH_BYTES) throw malformed('no header');
  const end = HEADER_LENGTH_BYTES + all.readUInt32LE(0);
  if (end > all.byteLength) throw malformed('the header is longer than the bytes');
  let json: unknown;
  try {
    json = JSON.parse(all.toString('utf8', HEADER_LENGTH_BYTES, end));
  } catch {
    throw malformed('the header is not JSON');
  }
  return { header: parsed(schema, json), rest: all.subarray(end) };
}

function parsed<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw malformed(`"${v.getDotPath(issue)}": ${issue.message}`);
}

const malformed = (what: string) =>
  new CodedError('malformed_frame', `A job or result of another process cannot be read: ${what}.`);
