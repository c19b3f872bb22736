import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Box } from '../../vision/geometry.ts';
import { type AdmittedFrame, FrameGate, type SentAs } from './frameGate.ts';

const FRAME_MS = 1_000 / 30;
/** Long enough for a still scene to be skipped, short enough not to be sent again. */
const STILL_MS = 5_000;

function gateAt({ saverMs = 0 } = {}) {
  const clock = { nowMs: 0, saverMs };
  const powerSaver = { intervalMs: () => clock.saverMs };
  return { clock, gate: new FrameGate({ powerSaver, nowMs: () => clock.nowMs }) };
}

/** Sends a frame of the primary model, and has its labels come. */
function label(gate: FrameGate, capturedAtMs: number): AdmittedFrame {
  const admitted = gate.admit(capturedAtMs, { isProbe: true });
  gate.sent(admitted, true);
  gate.labelled(0, true);
  return admitted;
}

test('a frame is due as soon as the longer of the two intervals has passed since the last one', () => {
  const intervals = fc.integer({ min: 0, max: 500 });
  fc.assert(
    fc.property(intervals, intervals, fc.integer({ min: 0, max: 1_000 }), (paceMs, saverMs, passedMs) => {
      const { clock, gate } = gateAt({ saverMs });
      assert.equal(gate.isDue(paceMs), true);
      gate.admit(0);
      clock.nowMs = passedMs;
      assert.equal(gate.isDue(paceMs), passedMs >= Math.max(paceMs, saverMs));
    }),
  );
});

test('a scene that is still may be skipped; a probe and a secondary model send it', () => {
  const { clock, gate } = gateAt();
  gate.reset(0);
  assert.equal(gate.admit(0).skipUnchanged, false);
  label(gate, 0);
  clock.nowMs = STILL_MS;
  assert.equal(gate.admit(STILL_MS).skipUnchanged, true);
  assert.equal(gate.admit(STILL_MS, { isProbe: true }).skipUnchanged, false);
  gate.reset(1);
  label(gate, STILL_MS);
  const secondary = gate.admit(STILL_MS);
  assert.deepEqual([secondary.modelIndex, secondary.skipUnchanged], [1, false]);
});

test('a still scene is sent on while an answer says that there is more to read', () => {
  const { clock, gate } = gateAt();
  label(gate, 0);
  clock.nowMs = STILL_MS;
  const admitted = gate.admit(STILL_MS, { isProbe: true });
  gate.sent(admitted, false);
  gate.labelled(0, true, { unread: 2 });
  assert.equal(gate.admit(STILL_MS).skipUnchanged, false);
  clock.nowMs += STILL_MS;
  gate.labelled(0, true);
  assert.equal(gate.admit(2 * STILL_MS).skipUnchanged, true);
});

test('after the backend has lost sight of the scene the next frame is sent', () => {
  for (const lose of [(gate: FrameGate) => gate.wake(), (gate: FrameGate) => gate.reset(0)]) {
    const { clock, gate } = gateAt();
    label(gate, 0);
    clock.nowMs = STILL_MS;
    lose(gate);
    assert.equal(gate.admit(STILL_MS).skipUnchanged, false);
  }
});

test('a secondary model that cannot take the frame is passed over', () => {
  const { gate } = gateAt();
  gate.reset(2);
  label(gate, 0);
  assert.equal(gate.admit(0, { canUse: (modelIndex) => modelIndex !== 1 }).modelIndex, 2);
  assert.equal(gate.admit(0, { canUse: () => false }).modelIndex, 0);
  assert.equal(gate.admit(0, { isProbe: true }).modelIndex, 0);
});

test('labels apply to an unchanged frame only from those of the newest frame until the next one is sent', () => {
  const { clock, gate } = gateAt();
  const skip = () => gate.skipped(gate.admit(clock.nowMs, { isProbe: true }));
  gate.sent(gate.admit(0), true);
  assert.deepEqual(skip(), []);
  gate.labelled(0, false);
  assert.deepEqual(skip(), []);
  gate.labelled(0, true);
  assert.deepEqual(skip(), [0]);
  gate.sent(gate.admit(clock.nowMs), false);
  assert.deepEqual(skip(), []);
});

test('a secondary model counts as up to date once it was given the scene as it is', () => {
  const { clock, gate } = gateAt();
  gate.reset(2);
  label(gate, 0);
  clock.nowMs = STILL_MS;
  const secondary = gate.admit(STILL_MS);
  assert.equal(secondary.modelIndex, 1);
  gate.sent(secondary, true);
  gate.labelled(1, true);
  assert.deepEqual(gate.skipped(gate.admit(STILL_MS, { isProbe: true })), [0, 1]);
});

test('a secondary model waits until the primary one has labels, unless that one cannot take the frame', () => {
  const { gate } = gateAt();
  gate.reset(1);
  const first = gate.admit(0);
  assert.equal(first.modelIndex, 0);
  gate.sent(first, true);
  assert.equal(gate.admit(0).modelIndex, 0);
  assert.equal(gate.admit(0, { canUse: (modelIndex) => modelIndex === 1 }).modelIndex, 1);
  gate.labelled(0, true);
  assert.equal(gate.admit(0).modelIndex, 1);
});

test('while the scene changes a slow secondary model gets little of the time; when it stands still, all that it needs', () => {
  const answerMs = 400;
  for (const isMoving of [true, false]) {
    const { clock, gate } = gateAt();
    gate.reset(1);
    label(gate, 0);
    const sentMs: number[] = [];
    for (let frame = 0; frame < 600; frame += 1) {
      clock.nowMs = frame * FRAME_MS;
      const admitted = gate.admit(clock.nowMs);
      if (admitted.modelIndex === 1) sentMs.push(clock.nowMs);
      // It stands still after two seconds, or never does.
      const changed = isMoving || clock.nowMs < 2_000;
      if (admitted.skipUnchanged && !changed) gate.skipped(admitted);
      else gate.sent(admitted, changed && admitted.modelIndex === 0);
      if (admitted.modelIndex === 1) clock.nowMs += answerMs;
      gate.labelled(admitted.modelIndex, true);
    }
    const intervals = sentMs.slice(1).map((atMs, index) => atMs - (sentMs[index] ?? 0));
    if (isMoving) assert.ok(Math.min(...intervals) >= 10 * answerMs, `${intervals}`);
    // Once for the scene as it came to stand, a second after it did.
    else assert.ok((sentMs.at(-1) ?? 0) < 3_200, `${sentMs}`);
    assert.ok(sentMs.length >= 2);
  }
});

test('the clock of the frames sent runs forward, and never further than a frame over what was skipped', () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { maxLength: 200 }),
      fc.integer({ min: 0, max: 2 }),
      (changes, secondary) => {
        const { clock, gate } = gateAt();
        gate.reset(secondary);
        let lastMs = Number.NEGATIVE_INFINITY;
        for (const [index, isChanged] of changes.entries()) {
          // Ten frames that show the same, so that some are skipped.
          for (let frame = 0; frame < 10; frame += 1) {
            clock.nowMs = (index * 10 + frame) * FRAME_MS;
            const admitted = gate.admit(clock.nowMs);
            const changed = isChanged && frame === 0;
            if (admitted.skipUnchanged && !changed) {
              gate.skipped(admitted);
              continue;
            }
            const { sceneAtMs: sceneMs } = gate.sent(admitted, changed);
            assert.ok(sceneMs <= clock.nowMs && sceneMs >= lastMs, `${sceneMs} after ${lastMs}`);
            if (lastMs > Number.NEGATIVE_INFINITY)
              assert.ok(sceneMs - lastMs <= 2 * FRAME_MS + 1e-6, `a step of ${sceneMs - lastMs} ms`);
            lastMs = sceneMs;
          }
        }
      },
    ),
    { numRuns: 50 },
  );
});

const PARTS: readonly Box[] = [
  [0, 0, 0.5, 0.5],
  [0.5, 0.5, 0.5, 0.5],
];

/** Frames at 10 a second until `untilMs`, each answered at once. @returns what each that was sent shows */
function run(
  gate: FrameGate,
  clock: { nowMs: number },
  { untilMs, changes = () => false }: { untilMs: number; changes?: (nowMs: number) => boolean },
) {
  const sent: { shows: SentAs['shows']; part: Box | undefined }[] = [];
  for (; clock.nowMs <= untilMs; clock.nowMs += 100) {
    const admitted = gate.admit(clock.nowMs, { planParts: () => [...PARTS] });
    const changed = changes(clock.nowMs);
    if (admitted.skipUnchanged && !changed) {
      gate.skipped(admitted);
      continue;
    }
    const { shows, look } = gate.sent(admitted, changed);
    gate.labelled(0, true, undefined, look);
    sent.push({ shows, part: look?.part });
  }
  return sent;
}

test('a still scene is shown as a whole, then each part once, then as a whole again, in no more frames than without parts', () => {
  const { clock, gate } = gateAt();
  const sent = run(gate, clock, { untilMs: 5_000, changes: (nowMs) => nowMs === 0 });
  const parts = sent.flatMap(({ part }) => part ?? []);
  assert.deepEqual(parts, PARTS.flat());
  assert.equal(sent[0]?.shows, 'new scene');
  assert.equal(sent.at(-1)?.shows, 'same scene');
  const plain = gateAt();
  plain.gate.reset(0);
  let looks = 0;
  for (; plain.clock.nowMs <= 5_000; plain.clock.nowMs += 100) {
    const admitted = plain.gate.admit(plain.clock.nowMs);
    if (admitted.skipUnchanged) continue;
    plain.gate.sent(admitted, plain.clock.nowMs === 0);
    looks += 1;
  }
  assert.ok(sent.length <= looks, `${sent.length} of ${looks}`);
});

test('a slow backend gets to eight parts of a still scene, and to the whole after them, though the time for parts is over', () => {
  const { clock, gate } = gateAt();
  const planParts = () => Array.from({ length: 10 }, (_, at): Box => [at / 20, 0, 0.5, 0.5]);
  const shown: SentAs['shows'][] = [];
  for (; clock.nowMs <= 10_000; clock.nowMs += 400) {
    const admitted = gate.admit(clock.nowMs, { planParts });
    if (admitted.skipUnchanged) {
      gate.skipped(admitted);
      continue;
    }
    const { shows, look } = gate.sent(admitted, clock.nowMs === 0);
    gate.labelled(0, true, undefined, look);
    shown.push(shows);
  }
  assert.deepEqual(shown, ['new scene', ...Array.from({ length: 8 }, () => 'part'), 'same scene']);
});

test('a scene that moves is shown as a whole in each frame', () => {
  const { clock, gate } = gateAt();
  const sent = run(gate, clock, { untilMs: 3_000, changes: () => true });
  assert.equal(sent.length, 31);
  assert.ok(sent.every(({ shows, part }) => shows === 'new scene' && part === undefined));
});

test('no part is shown before labels of the whole came, nor after a backend took over that does not know it', () => {
  const { clock, gate } = gateAt();
  const first = gate.sent(gate.admit(0), true);
  clock.nowMs = 300;
  assert.equal(gate.admit(300, { planParts: () => [...PARTS] }).part, undefined);
  gate.labelled(0, true, undefined, first.look);
  assert.deepEqual(gate.admit(300, { planParts: () => [...PARTS] }).part, PARTS[0]);
  gate.reset(0);
  clock.nowMs = 600;
  const admitted = gate.admit(600, { planParts: () => [...PARTS] });
  assert.equal(admitted.part, undefined);
  assert.equal(gate.sent(admitted, false).shows, 'new scene');
});

test('a part that got no labels is shown again, and one of a scene that is gone is not', () => {
  const { clock, gate } = gateAt();
  const planParts = () => [...PARTS];
  const whole = gate.sent(gate.admit(0), true);
  gate.labelled(0, true, undefined, whole.look);
  clock.nowMs = 200;
  const { look } = gate.sent(gate.admit(200, { planParts }), false);
  assert.deepEqual(look?.part, PARTS[0]);
  gate.dropped(look);
  const next = () => {
    clock.nowMs += 100;
    return gate.sent(gate.admit(clock.nowMs, { planParts }), false).look?.part;
  };
  assert.deepEqual([next(), next(), next()], [PARTS[1], PARTS[0], undefined]);
  clock.nowMs += 100;
  const moved = gate.sent(gate.admit(clock.nowMs, { planParts }), true);
  gate.labelled(0, true, undefined, moved.look);
  gate.dropped(look);
  assert.deepEqual([next(), next(), next()], [PARTS[0], PARTS[1], undefined]);
});

test('a tap has the parts of a still scene shown again, that of the tapped thing first', () => {
  const { clock, gate } = gateAt();
  run(gate, clock, { untilMs: 5_000, changes: (nowMs) => nowMs === 0 });
  gate.lookCloser();
  const sent = run(gate, clock, { untilMs: 8_000 });
  assert.deepEqual(
    sent.flatMap(({ part }) => part ?? []),
    PARTS.flat(),
  );
});
