import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { CodedError, type ErrorCode } from './errors.ts';
import {
  encodeFrame,
  FRAME_HEADER_BYTES,
  type Frame,
  IMAGE_FORMATS,
  MAX_SECONDARY_MODELS,
  parseFrame,
} from './frame.ts';

const frames: fc.Arbitrary<Frame> = fc.record({
  seq: fc.integer({ min: 0, max: 0xffff_ffff }),
  capturedAtMs: fc.double({ noNaN: true, noDefaultInfinity: true }),
  format: fc.constantFrom(...IMAGE_FORMATS),
  modelIndex: fc.integer({ min: 0, max: MAX_SECONDARY_MODELS }),
  image: fc.uint8Array({ minLength: 1, maxLength: 64 }),
});

test('F1: a frame comes out as it went in', () => {
  fc.assert(
    fc.property(frames, (frame) => {
      const parsed = parseFrame(encodeFrame(frame));
      assert.deepEqual({ ...parsed, image: [...parsed.image] }, { ...frame, image: [...frame.image] });
    }),
  );
});

test('F1: the header stands byte for byte as the specification says', () => {
  const message = encodeFrame({ seq: 258, capturedAtMs: 1.5, format: 'webp', image: Uint8Array.of(9) });
  assert.deepEqual([...message], [1, 2, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 9]);
});

const good = () => encodeFrame({ seq: 1, capturedAtMs: 1, format: 'jpeg', image: Uint8Array.of(1) });
const broken: [title: string, code: ErrorCode, spoil: (message: Uint8Array) => Uint8Array][] = [
  ['F2: shorter than a header', 'malformed_frame', (m) => m.subarray(0, 7)],
  ['F2: a header without an image', 'malformed_frame', (m) => m.subarray(0, FRAME_HEADER_BYTES)],
  ['F3: another version', 'unsupported_version', (m) => m.with(0, 2)],
  ['F4: an unknown format', 'malformed_frame', (m) => m.with(1, 4)],
  ['F4: no format', 'malformed_frame', (m) => m.with(1, 0)],
  ['F5: a model beyond the fourth', 'malformed_frame', (m) => m.with(2, MAX_SECONDARY_MODELS + 1)],
  ['F5: reserved bytes in use', 'malformed_frame', (m) => m.with(3, 1)],
  ['F6: a time that is not finite', 'malformed_frame', (m) => m.with(14, 0xf0).with(15, 0x7f)],
];
for (const [title, code, spoil] of broken) {
  test(`${title} is refused as ${code}`, () => {
    assert.throws(
      () => parseFrame(spoil(good())),
      (error) => error instanceof CodedError && error.code === code,
    );
  });
}
