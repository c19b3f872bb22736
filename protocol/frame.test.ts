import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { CodedError, type ErrorCode } from './errors.ts';
import {
  encodeFrame,
  FRAME_HEADER_BYTES,
  type Frame,
  type FrameView,
  IMAGE_FORMATS,
  MAX_SECONDARY_MODELS,
  parseFrame,
} from './frame.ts';

const halves = fc.constantFrom(0.125, 0.25, 0.5);
const rects = fc.tuple(halves, halves, halves, halves);
const frames: fc.Arbitrary<Frame> = fc.record(
  {
    seq: fc.integer({ min: 0, max: 0xffff_ffff }),
    capturedAtMs: fc.double({ noNaN: true, noDefaultInfinity: true }),
    format: fc.constantFrom(...IMAGE_FORMATS),
    modelIndex: fc.integer({ min: 0, max: MAX_SECONDARY_MODELS }),
    view: fc.record(
      { shows: fc.constantFrom('new scene', 'same scene', 'part'), part: rects, inputRect: rects },
      { noNullPrototype: true },
    ),
    image: fc.uint8Array({ minLength: 1, maxLength: 64 }),
  },
  { requiredKeys: ['seq', 'capturedAtMs', 'format', 'modelIndex', 'image'] },
);

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
const ofPart = (part: FrameView['part']) =>
  encodeFrame({
    seq: 1,
    capturedAtMs: 1,
    format: 'jpeg',
    view: { shows: 'part', part, inputRect: [0, 0, 1, 1] },
    image: Uint8Array.of(1),
  });
const broken: [title: string, code: ErrorCode, spoil: (message: Uint8Array) => Uint8Array][] = [
  ['F2: shorter than a header', 'malformed_frame', (m) => m.subarray(0, 7)],
  ['F2: a header without an image', 'malformed_frame', (m) => m.subarray(0, FRAME_HEADER_BYTES)],
  ['F3: another version', 'unsupported_version', (m) => m.with(0, 2)],
  ['F4: an unknown format', 'malformed_frame', (m) => m.with(1, 4)],
  ['F4: no format', 'malformed_frame', (m) => m.with(1, 0)],
  ['F5: a model beyond the fourth', 'malformed_frame', (m) => m.with(2, MAX_SECONDARY_MODELS + 1)],
  ['F5: a kind of view that there is not', 'malformed_frame', (m) => m.with(3, 4)],
  ['F8: a view without its bytes', 'malformed_frame', (m) => m.with(3, 3)],
  ['F8: a part beyond the whole', 'malformed_frame', () => ofPart([0.75, 0, 0.5, 1])],
  ['F8: an empty part', 'malformed_frame', () => ofPart([0.5, 0, 0, 1])],
  ['F8: a part that is no number', 'malformed_frame', () => ofPart([Number.NaN, 0, 0.5, 1])],
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
