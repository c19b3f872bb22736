import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { CodedError } from './errors.ts';
import {
  encodeRelayedPicture,
  MAX_RELAYED_LABELS,
  parseRelayClientMessage,
  parseRelayedPicture,
  type RelayedPicture,
  stampRelayedPicture,
} from './relay.ts';

const PICTURE: RelayedPicture = {
  camera: 3,
  capturedAtMs: 1_700_000_000_123.5,
  format: 'webp',
  labels: [{ id: 1, label: '猫', score: 0.5, box: [0, 0.25, 0.5, 1], text: 'a cat' }],
  image: new Uint8Array([1, 2, 3]),
};

test('a relayed picture comes back as it was, and its header can be changed without a copy', () => {
  const message = encodeRelayedPicture(PICTURE);
  assert.deepEqual(parseRelayedPicture(message), PICTURE);
  stampRelayedPicture(message, { camera: 9, capturedAtMs: 5 });
  const parsed = parseRelayedPicture(message);
  assert.deepEqual(parsed, { ...PICTURE, camera: 9, capturedAtMs: 5 });
  assert.equal(parsed.image.buffer, message.buffer);
});

test('whatever bytes come, a picture is parsed or refused with a code', () => {
  const known = encodeRelayedPicture(PICTURE);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        // Near a picture: one byte is another.
        fc
          .tuple(fc.nat(known.byteLength - 1), fc.nat(255))
          .map(([at, value]) => known.map((byte, index) => (index === at ? value : byte))),
      ),
      (bytes) => {
        try {
          parseRelayedPicture(bytes);
        } catch (error) {
          assert.ok(error instanceof CodedError, String(error));
          assert.match(error.code, /^(malformed_frame|unsupported_version)$/);
        }
      },
    ),
  );
});

test('labels are bounded: their number, their texts, and boxes in 0..1', () => {
  const [label] = PICTURE.labels;
  assert.ok(label);
  for (const labels of [
    Array.from({ length: MAX_RELAYED_LABELS + 1 }, () => label),
    [{ ...label, label: 'x'.repeat(201) }],
    [{ ...label, text: 'x'.repeat(501) }],
    [{ ...label, score: 2 }],
    [{ ...label, box: [0, 0, 1.5, 1] as [number, number, number, number] }],
  ]) {
    assert.throws(() => parseRelayedPicture(encodeRelayedPicture({ ...PICTURE, labels })), {
      code: 'malformed_frame',
    });
  }
});

test('names, sizes and lists of messages are bounded', () => {
  const want = (maxSidePx: number, count = 1) =>
    JSON.stringify({
      type: 'want',
      pictures: Array.from({ length: count }, () => ({ camera: 1, maxSidePx })),
    });
  for (const text of [want(15), want(1921), want(640, 65), '{"type":"rename","camera":1,"name":"  "}']) {
    assert.throws(() => parseRelayClientMessage(text), { code: 'malformed_message' }, text);
  }
  assert.deepEqual(parseRelayClientMessage('{"type":"share","name":" Door ","more":1}'), {
    type: 'share',
    name: 'Door',
  });
});

test('a name has no line breaks, and nothing that turns the direction of other text', () => {
  const nameOf = (name: string) =>
    parseRelayClientMessage(JSON.stringify({ type: 'rename', camera: 1, name }));
  const named = (name: string) => ({ type: 'rename', camera: 1, name });
  assert.deepEqual(nameOf(' Bench\n\u0000 2 \u202etfel\u2069 '), named('Bench 2 tfel'));
  assert.deepEqual(nameOf('長椅 👩‍🔬'), named('長椅 👩‍🔬'), 'emoji of several characters stay whole');
  assert.throws(() => nameOf('\u202e\n'), CodedError);
});
