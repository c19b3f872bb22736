import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeRelayedPicture, MAX_RELAYED_LABELS, parseRelayedPicture } from '../../protocol/relay.ts';
import { relayedSize } from './relayedSize.ts';
import { type LabelOnPicture, toRelayedLabels } from './toRelayedLabels.ts';

const one = (id: number, score: number, text?: string): LabelOnPicture => ({
  label: { id, label: 'x'.repeat(300), score, ...(text !== undefined && { text }) },
  box: [0.123456, -0.1, 0.5, 1.2],
  leaving: false,
});

test('whatever is on the picture, its labels can be relayed: the surest ones, cut to what a relay takes', () => {
  const shown = Array.from({ length: 150 }, (_, id) => one(id, id / 150, '文'.repeat(400)));
  const labels = toRelayedLabels([...shown, { ...one(999, 1), leaving: true }]);
  assert.ok(labels.length > 10 && labels.length <= MAX_RELAYED_LABELS);
  assert.deepEqual(labels[0]?.box, [0.1235, 0, 0.5, 1]);
  assert.equal(labels[0]?.id, 149);
  const picture = { camera: 0, capturedAtMs: 0, format: 'jpeg', labels, image: new Uint8Array(1) } as const;
  assert.deepEqual(parseRelayedPicture(encodeRelayedPicture(picture)).labels, labels);
});

test('outlines and key points are relayed with the surest labels, as far as there is room, and no label is left out for them', () => {
  const ring = Array.from({ length: 400 }, (_, at) => at / 400);
  const layout = { count: 2, edges: [[0, 1]] as [number, number][], minScore: 0.2 };
  const shown = Array.from({ length: 40 }, (_, id) => ({
    ...one(id, id / 40),
    outline: [ring],
    ...{ points: [0.123456, 0.5, 0.25, 1.2, -0.1, 0.1], layout },
  }));
  const labels = toRelayedLabels(shown);
  assert.equal(labels.length, 40);
  assert.deepEqual(labels[0]?.points, [0.1235, 0.5, 1, 1, 0, 0]);
  assert.deepEqual(labels[0]?.edges, [[0, 1]]);
  assert.equal(labels[0]?.outline?.[0]?.length, 400);
  assert.equal(labels[39]?.outline, undefined);
  const picture = { camera: 0, capturedAtMs: 0, format: 'jpeg', labels, image: new Uint8Array(1) } as const;
  assert.deepEqual(parseRelayedPicture(encodeRelayedPicture(picture)).labels, labels);
});

test('a picture keeps its shape and is never enlarged', () => {
  assert.deepEqual(relayedSize({ width: 1920, height: 1080 }, 960), { width: 960, height: 540 });
  assert.deepEqual(relayedSize({ width: 1080, height: 1920 }, 960), { width: 540, height: 960 });
  assert.deepEqual(relayedSize({ width: 640, height: 480 }, 1280), { width: 640, height: 480 });
});

test('what a code holds is not relayed: it may be a password', () => {
  const code = one(1, 1);
  const shown = [
    { ...code, label: { ...code.label, format: 'QRCode', text: 'WIFI:S:a;P:secret;;' } },
    one(2, 0.5),
  ];
  assert.deepEqual(
    toRelayedLabels(shown).map(({ id }) => id),
    [2],
  );
});
