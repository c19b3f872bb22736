import assert from 'node:assert/strict';
import test from 'node:test';
import { createResumeTokens, type Resumable } from './resumeToken.ts';

const RESUMABLE: Resumable = {
  session: 's1',
  model: 'coco-ssd',
  minScore: 0.4,
  nextId: 3,
  things: [{ id: 2, label: 'cat', score: 0.9, box: [0.1, 0.2, 0.3, 0.4] }],
};

test('R1: a token carries a session to another process with the same secret', () => {
  const token = createResumeTokens('secret of all machines').issue(RESUMABLE);
  assert.deepEqual(createResumeTokens('secret of all machines').read(token), RESUMABLE);
});

test('R3: a token of another secret, a changed one and nonsense carry nothing', () => {
  const tokens = createResumeTokens('one secret');
  const token = tokens.issue(RESUMABLE);
  const [payload = '', signature = ''] = token.split('.');
  const forged = Buffer.from(
    JSON.stringify({ issuedAtMs: Date.now(), resumable: { ...RESUMABLE, session: 's2' } }),
  );
  for (const bad of [
    createResumeTokens('another secret').issue(RESUMABLE),
    `${forged.toString('base64url')}.${signature}`,
    payload,
    `${payload}.`,
    'nonsense',
    '',
    '.'.repeat(100),
  ]) {
    assert.equal(tokens.read(bad), undefined);
  }
});

test('R1: a token is good for five minutes', () => {
  let nowMs = 1_000_000;
  const tokens = createResumeTokens('one secret', () => nowMs);
  const token = tokens.issue(RESUMABLE);
  nowMs += 5 * 60_000;
  assert.ok(tokens.read(token));
  nowMs += 1;
  assert.equal(tokens.read(token), undefined);
});

test('R1: however much is in sight, the token stays short enough to be shown', () => {
  const tokens = createResumeTokens('one secret');
  const thing = {
    label: 'traffic light',
    score: 0.123,
    box: [0.1234, 0.1234, 0.1234, 0.1234] as [number, number, number, number],
  };
  const things = Array.from({ length: 500 }, (_, id) => ({ id, ...thing }));
  const token = tokens.issue({ ...RESUMABLE, things });
  assert.ok(token.length < 16_384, `${token.length}`);
  assert.equal(tokens.read(token)?.things.length, 50);
});
