import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdMsOf } from '../../vision/tasks/taskOf.ts';
import { StillScene } from './stillScene.ts';

/** A camera of 30 frames a second before a scene that changes when `changes` says so; the times sent, for the server. */
function run(forMs: number, changes: (ms: number) => boolean) {
  const scene = new StillScene();
  const sent: { atMs: number; sceneMs: number }[] = [];
  for (let ms = 0; ms < forMs; ms += 1000 / 30) {
    const changed = ms === 0 || changes(ms);
    if (!changed && scene.maySkip(ms)) scene.skipped(ms);
    else sent.push({ atMs: ms, sceneMs: scene.sent(ms, changed, ms) });
  }
  return sent;
}

test('a scene that moves is sent whole, at its own times', () => {
  const sent = run(3000, () => true);
  assert.equal(sent.length, 90);
  assert.ok(sent.every(({ atMs, sceneMs }) => atMs === sceneMs));
});

test('a still scene costs a second of frames, then three a minute', () => {
  const sent = run(121_000, () => false);
  assert.equal(sent.filter(({ atMs }) => atMs > 1100 && atMs <= 61_100).length, 3);
});

test('a change is sent at once, and what follows for a second', () => {
  const sent = run(20_000, (ms) => Math.abs(ms - 10_000) < 17);
  assert.ok(sent.some(({ atMs }) => Math.abs(atMs - 10_000) < 17));
  const after = sent.filter(({ atMs }) => atMs > 9_000).length;
  assert.ok(after >= 29 && after <= 32, `${after} frames`);
});

test('over a break the clock of the frames sent goes on where it stood, forward always', () => {
  const sent = run(60_000, (ms) => ms > 30_000 && ms < 32_000);
  for (const [index, { sceneMs }] of sent.entries()) {
    const stepMs = sceneMs - (sent[index - 1]?.sceneMs ?? -1);
    assert.ok(stepMs > 0 && stepMs < 70, `a step of ${stepMs} ms`);
  }
});

test('what the server did not see is sent again', () => {
  const scene = new StillScene();
  scene.sent(0, true, 0);
  assert.equal(scene.maySkip(5000), true);
  scene.wake(5000);
  assert.equal(scene.maySkip(5500), false);
});

test('a scene whose things are held for long is sent on until one frame at the least takes down what is gone', () => {
  const scene = new StillScene();
  const holdMs = holdMsOf('text-recognition');
  assert.ok(holdMs > 1_000);
  scene.reset(holdMs);
  scene.sent(0, true, 0);
  assert.equal(scene.maySkip(holdMs + 500), false);
  assert.equal(scene.maySkip(holdMs + 1_000), true);
  scene.reset(holdMsOf('object-detection'));
  assert.equal(scene.maySkip(1_000), true);
});
