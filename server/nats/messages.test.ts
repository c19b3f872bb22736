import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { encodeJob, parseResult } from '../queue/frameBytes.ts';
import { ANSWERED, job } from '../queue/frameQueueContract.ts';
import {
  encodeAnswer,
  encodeHanded,
  encodeTake,
  parseHanded,
  parseTake,
  readAnswerPart,
  toBytes,
} from './messages.ts';
import { pendingBehind, readTurn } from './turns.ts';

const uint32 = fc.nat(0xff_ff_ff_ff);

test('property: frames that are handed over together, and an answer, are the same after they were bytes', () => {
  const handed = fc.record(
    {
      number: uint32,
      queueMs: fc.double({ min: 0, noNaN: true }),
      isAlone: fc.boolean(),
      job: fc.uint8Array().map((image) => ({ ...job('a'), image })),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(handed), (frames) => {
      const bytes = Buffer.concat(frames.map((frame) => encodeHanded(frame, encodeJob(frame.job))));
      assert.deepEqual(parseHanded(bytes), frames);
    }),
  );
  fc.assert(
    fc.property(uint32, fc.integer({ min: 6, max: 1_000 }), (number, maxPayload) => {
      const parts = encodeAnswer(number, ANSWERED, maxPayload);
      assert.ok(parts.every((part) => part.byteLength <= maxPayload));
      const read = parts.map(readAnswerPart);
      assert.ok(
        read.every((part, at) => part.number === number && part.isLast === (at === parts.length - 1)),
      );
      assert.deepEqual(parseResult(Buffer.concat(read.map(({ part }) => part))), ANSWERED);
    }),
  );
});

test('property: bytes that are no frames throw, and never hang', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
      assert.throws(() => parseHanded(bytes));
      assert.throws(() => parseTake(bytes));
    }),
  );
});

test('a worker comes with a token, or without one', () => {
  const take = { worker: 'w1', group: 'default', models: ['m'] };
  assert.deepEqual(parseTake(encodeTake(7, toBytes(take))), { ...take, token: 7 });
  assert.deepEqual(parseTake(encodeTake(undefined, toBytes(take))), { ...take, token: undefined });
});

test('a token says whose it is, and how many wait behind it, to servers of all ages', () => {
  assert.deepEqual(readTurn('fleet.turn.default.g-1.42'), { gateway: 'g-1', number: 42 });
  assert.equal(pendingBehind('$JS.ACK.fleet_TURNS.default.1.5.4.1700000000000000000.12'), 12);
  assert.equal(pendingBehind('$JS.ACK._.hash.fleet_TURNS.default.1.5.4.1700000000000000000.12.abc'), 12);
});
