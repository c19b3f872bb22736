import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { CodedError } from '../../protocol/errors.ts';
import { encodeJob, encodeResult, parseJob, parseResult } from './frameBytes.ts';
import type { FrameJob, FrameResult } from './frameQueue.ts';

const ms = fc.double({ min: 0, max: 1e6, noNaN: true });
const score = fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0);
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
/** Of all that a type has: what is missing here does not compile, so that nothing is left behind unseen. */
type All<T> = { [K in keyof Required<T>]: fc.Arbitrary<T[K]> };
const job: fc.Arbitrary<FrameJob> = fc.record({
  key: fc.string(),
  model: fc.string(),
  format: fc.constantFrom('jpeg', 'png', 'webp'),
  image: fc.uint8Array(),
  maxPixels: fc.nat(),
  maxDecodeMs: ms,
  isFitted: fc.boolean(),
  isSecondary: maybe(fc.boolean()),
  stream: maybe(fc.string()),
  maxLabels: maybe(fc.nat()),
  wantsTiles: maybe(fc.boolean()),
} satisfies All<FrameJob>);
const detection = fc.record({
  label: fc.string(),
  score,
  box: fc.tuple(score, score, score, score),
});
const rect = fc.tuple(score, score, score, score);
const tile = fc.record({
  fitted: fc.record({ part: rect, inputRect: rect }),
  isMirrored: fc.boolean(),
  image: fc.uint8Array({ minLength: 1 }),
});
const answer = fc.oneof(
  fc.record({ task: fc.constant('object-detection' as const), detections: fc.array(detection) }),
  fc.record({ task: fc.constant('image-embedding' as const), embedding: fc.float32Array() }),
);
const result: fc.Arbitrary<FrameResult> = fc.oneof(
  fc.record({
    kind: fc.constant('answered' as const),
    version: fc.string(),
    answer,
    tiles: maybe(fc.array(tile)),
    batch: maybe(fc.nat()),
    timing: fc.record({ queueMs: ms, decodeMs: ms, inferMs: ms }),
  } satisfies All<Extract<FrameResult, { kind: 'answered' }>>),
  fc.record({
    kind: fc.constant('dropped' as const),
    reason: fc.constantFrom('superseded', 'stale', 'undecodable', 'too_costly', 'worker_lost'),
    detail: maybe(fc.string()),
  } satisfies All<Extract<FrameResult, { kind: 'dropped' }>>),
);
/** JSON knows no -0. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, one) => (one instanceof Float32Array ? [...one].map(String) : one)));

test('property: a job and a result are the same after they were bytes', () => {
  fc.assert(fc.property(job, (one) => assert.deepEqual(plain(parseJob(encodeJob(one))), plain(one))));
  fc.assert(
    fc.property(result, (one) => assert.deepEqual(plain(parseResult(encodeResult(one))), plain(one))),
  );
});

test('an embedding crosses as the same bits, with what is no number', () => {
  const embedding = Float32Array.of(1, -0, Number.NaN, Number.POSITIVE_INFINITY, 1.1);
  const parsed = parseResult(
    encodeResult({
      kind: 'answered',
      version: 'v',
      answer: { task: 'image-embedding', embedding },
      timing: { queueMs: 0, decodeMs: 0, inferMs: 0 },
    }),
  );
  assert.ok(parsed.kind === 'answered' && parsed.answer.task === 'image-embedding');
  assert.deepEqual(parsed.answer.embedding, embedding);
});

test('what a newer version adds to a job is ignored', () => {
  const [one] = fc.sample(job, 1);
  assert.ok(one);
  const newer = encodeJob({ ...one, laterField: 1 } as FrameJob);
  assert.deepEqual(plain(parseJob(newer)), plain(one));
});

test('an answer that is none of its task gives a code', () => {
  const timing = { queueMs: 0, decodeMs: 0, inferMs: 0 };
  for (const answer of [
    { task: 'object-detection' },
    { task: 'object-detection', detections: 5 },
    { task: 'object-detection', detections: [{ label: 'cat', score: 2, box: [0, 0, 1, 1] }] },
    { task: 'image-embedding', embedding: 'x' },
  ]) {
    const broken = encodeResult({ kind: 'answered', version: 'v', answer: answer as never, timing });
    assert.throws(() => parseResult(broken), { code: 'malformed_frame' });
  }
});

test('property: bytes that were cut or changed give a code or another value, never another error', () => {
  const readable = (parse: () => unknown) => {
    try {
      parse();
    } catch (error) {
      assert.ok(error instanceof CodedError && error.code === 'malformed_frame', String(error));
    }
  };
  fc.assert(
    fc.property(
      fc.oneof(job.map(encodeJob), result.map(encodeResult)),
      fc.nat(),
      fc.nat(255),
      (bytes, at, byte) => {
        const changed = Uint8Array.from(bytes);
        changed[at % bytes.length] = byte;
        for (const broken of [changed, bytes.subarray(0, at % bytes.length)]) {
          readable(() => parseJob(broken));
          readable(() => parseResult(broken));
        }
      },
    ),
  );
});
