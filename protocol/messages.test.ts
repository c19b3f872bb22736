import assert from 'node:assert/strict';
import test from 'node:test';
import { CodedError } from './errors.ts';
import { parseClientMessage, parseServerMessage } from './messages.ts';

const isMalformed = (error: unknown) => error instanceof CodedError && error.code === 'malformed_message';

test('M1: a client message is read, fields of a later version are passed over', () => {
  assert.deepEqual(parseClientMessage('{"type":"hello","minScore":0.4,"future":1}'), {
    type: 'hello',
    minScore: 0.4,
  });
});

for (const [title, text] of [
  ['not JSON', '{"type":'],
  ['not an object', '[]'],
  ['an unknown type', '{"type":"goodbye"}'],
  ['a score above 1', '{"type":"configure","minScore":1.5}'],
  ['a model that is no string', '{"type":"hello","model":7}'],
  ['an endless token', JSON.stringify({ type: 'hello', token: 'x'.repeat(8_193) })],
] as const) {
  test(`M2: ${title} is refused`, () => {
    assert.throws(() => parseClientMessage(text), isMalformed);
  });
}

test('M2: the error names the field', () => {
  assert.throws(() => parseClientMessage('{"type":"configure","minScore":1.5}'), /minScore/);
});

test('M1: labels are read by the client', () => {
  const message = {
    type: 'labels',
    seq: 3,
    capturedAtMs: 12.5,
    receivedAtMs: 1_800_000_000_000.5,
    model: 'coco-ssd@abc',
    labels: [{ id: 1, label: 'cat', score: 0.9, box: [0, 0.1, 0.5, 0.5] }],
    timing: { queueMs: 0, decodeMs: 1, inferMs: 18, serverMs: 20 },
  };
  assert.deepEqual(parseServerMessage(JSON.stringify(message)), message);
});

test('M1: steps that a client does not know are passed over, and fit and crop are there', () => {
  const steps = [
    { op: 'resize', shortest: 256, resample: 'bicubic' },
    { op: 'crop', width: 224, height: 224 },
  ];
  const inputAfter = (input: object) => {
    const info = { id: 'a', version: '1', name: 'A', task: 'image-classification', labels: [], input };
    const model = { ...info, minScore: { floor: 0, default: 0.5 } };
    const message = parseServerMessage(JSON.stringify({ type: 'model', model, also: [], minScore: 0.5 }));
    return message.type === 'model' ? message.model.input : undefined;
  };
  const input = { width: 224, height: 224, fit: 'crop', crop: 0.875 };
  assert.deepEqual(inputAfter({ ...input, steps }), { ...input, steps });
  const later = [...steps, { op: 'rotate', by: 90 }];
  assert.deepEqual(inputAfter({ ...input, steps: later }), { ...input, steps: undefined });
  assert.deepEqual(inputAfter(input), input);
});
