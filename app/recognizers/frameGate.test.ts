import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Box } from '../../vision/geometry.ts';
import { holdMsOf } from '../../vision/tasks/taskOf.ts';
import { type AdmittedFrame, FrameGate, type SentAs } from './frameGate.ts';

const FRAME_MS = 1_000 / 30;
/** Long enough for a still scene to be skipped, short enough not to be sent again. */
const STILL_MS = 5_000;

function gateAt({ saverMs = 0 } = {}) {
  const clock = { nowMs: 0, saverMs };
  const powerSaver = { intervalMs: () => clock.saverMs, reason: undefined };
  return { clock, gate: new FrameGate({ powerSaver, nowMs: () => clock.nowMs }) };
}

/** Sends a frame as an encoder has it: a part of a still scene, if the gate says so, and else the whole. */
const send = (gate: FrameGate, admitted: AdmittedFrame, changed: boolean): SentAs =>
  gate.sent(admitted, { changed, part: changed ? undefined : admitted.part });

/** Sends a frame of the primary model, and has its labels come. */
function label(gate: FrameGate, capturedAtMs: number): AdmittedFrame {
  const admitted = gate.admit(capturedAtMs, { isProbe: true });
  send(gate, admitted, true);
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
  gate.reset([0]);
  assert.equal(gate.admit(0).skipUnchanged, false);
  label(gate, 0);
  clock.nowMs = STILL_MS;
  assert.equal(gate.admit(STILL_MS).skipUnchanged, true);
  assert.equal(gate.admit(STILL_MS, { isProbe: true }).skipUnchanged, false);
  gate.reset([0, 0]);
  label(gate, STILL_MS);
  const secondary = gate.admit(STILL_MS);
  assert.deepEqual([secondary.modelIndex, secondary.skipUnchanged], [1, false]);
});

test('a still scene is sent on while an answer says that there is more to read', () => {
  const { clock, gate } = gateAt();
  label(gate, 0);
  clock.nowMs = STILL_MS;
  const admitted = gate.admit(STILL_MS, { isProbe: true });
  send(gate, admitted, false);
  gate.labelled(0, true, { unread: 2 });
  assert.equal(gate.admit(STILL_MS).skipUnchanged, false);
  clock.nowMs += STILL_MS;
  gate.labelled(0, true);
  assert.equal(gate.admit(2 * STILL_MS).skipUnchanged, true);
});

test('after the backend has lost sight of the scene the next frame is sent', () => {
  for (const lose of [(gate: FrameGate) => gate.wake(), (gate: FrameGate) => gate.reset([0])]) {
    const { clock, gate } = gateAt();
    label(gate, 0);
    clock.nowMs = STILL_MS;
    lose(gate);
    assert.equal(gate.admit(STILL_MS).skipUnchanged, false);
  }
});

test('a secondary model that cannot take the frame is passed over', () => {
  const { gate } = gateAt();
  gate.reset([0, 0, 0]);
  label(gate, 0);
  assert.equal(gate.admit(0, { canUse: (modelIndex) => modelIndex !== 1 }).modelIndex, 2);
  assert.equal(gate.admit(0, { canUse: () => false }).modelIndex, 0);
  assert.equal(gate.admit(0, { isProbe: true }).modelIndex, 0);
});

test('labels apply to an unchanged frame only from those of the newest frame until the next one is sent', () => {
  const { clock, gate } = gateAt();
  const skip = () => gate.skipped(gate.admit(clock.nowMs, { isProbe: true }));
  send(gate, gate.admit(0), true);
  assert.deepEqual(skip(), []);
  gate.labelled(0, false);
  assert.deepEqual(skip(), []);
  gate.labelled(0, true);
  assert.deepEqual(skip(), [0]);
  send(gate, gate.admit(clock.nowMs), false);
  assert.deepEqual(skip(), []);
});

test('a secondary model counts as up to date once it was given the scene as it is', () => {
  const { clock, gate } = gateAt();
  gate.reset([0, 0, 0]);
  label(gate, 0);
  clock.nowMs = STILL_MS;
  const secondary = gate.admit(STILL_MS);
  assert.equal(secondary.modelIndex, 1);
  send(gate, secondary, true);
  gate.labelled(1, true);
  assert.deepEqual(gate.skipped(gate.admit(STILL_MS, { isProbe: true })), [0, 1]);
});

test('a secondary model waits until the primary one has labels, unless that one cannot take the frame', () => {
  const { gate } = gateAt();
  gate.reset([0, 0]);
  const first = gate.admit(0);
  assert.equal(first.modelIndex, 0);
  send(gate, first, true);
  assert.equal(gate.admit(0).modelIndex, 0);
  assert.equal(gate.admit(0, { canUse: (modelIndex) => modelIndex === 1 }).modelIndex, 1);
  gate.labelled(0, true);
  assert.equal(gate.admit(0).modelIndex, 1);
});

test('while the scene changes a slow secondary model gets little of the time; when it stands still, all that it needs', () => {
  const answerMs = 400;
  for (const isMoving of [true, false]) {
    const { clock, gate } = gateAt();
    gate.reset([0, 0]);
    label(gate, 0);
    const sentMs: number[] = [];
    for (let frame = 0; frame < 600; frame += 1) {
      clock.nowMs = frame * FRAME_MS;
      const admitted = gate.admit(clock.nowMs);
      if (admitted.modelIndex === 1) sentMs.push(clock.nowMs);
      // It stands still after two seconds, or never does.
      const changed = isMoving || clock.nowMs < 2_000;
      if (admitted.skipUnchanged && !changed) gate.skipped(admitted);
      else send(gate, admitted, changed && admitted.modelIndex === 0);
      if (admitted.modelIndex === 1) clock.nowMs += answerMs;
      gate.labelled(admitted.modelIndex, true);
    }
    const intervals = sentMs.slice(1).map((atMs, index) => atMs - (sentMs[index] ?? 0));
    // All labels are missing while it works: one part in sixteen, once that is known.
    if (isMoving) {
      assert.ok(Math.min(...intervals) >= 8 * answerMs, `${intervals}`);
      assert.ok((intervals.at(-1) ?? 0) >= 16 * answerMs, `${intervals}`);
    }
    // Once for the scene as it came to stand, a second after it did.
    else assert.ok((sentMs.at(-1) ?? 0) < 3_200, `${sentMs}`);
    assert.ok(sentMs.length >= 2);
  }
});

test('before a scene that stands still again a secondary model is asked until its tracker shows nothing that is gone', () => {
  const { clock, gate } = gateAt();
  const holdMs = holdMsOf('text-recognition');
  gate.reset([holdMsOf('object-detection'), holdMs]);
  label(gate, 0);
  // The model is loaded when the scene has come to rest: from then on its tracker's clock stands still.
  const [loadedMs, goneMs] = [5_000, 20_000];
  let lastSeenMs = Number.NaN;
  let shows: boolean | undefined;
  for (clock.nowMs = 0; clock.nowMs < 2 * goneMs; clock.nowMs += FRAME_MS) {
    const admitted = gate.admit(clock.nowMs, { canUse: (index) => index === 0 || clock.nowMs >= loadedMs });
    const changed = clock.nowMs - goneMs >= 0 && clock.nowMs - goneMs < FRAME_MS;
    if (admitted.skipUnchanged && !changed) {
      gate.skipped(admitted);
      continue;
    }
    const { modelIndex } = admitted;
    const { sceneAtMs } = send(gate, admitted, changed);
    gate.labelled(modelIndex, true);
    if (modelIndex === 0) continue;
    if (clock.nowMs < goneMs) lastSeenMs = sceneAtMs;
    shows = sceneAtMs - lastSeenMs <= holdMs;
    if (clock.nowMs < goneMs) assert.equal(shows, true);
  }
  assert.equal(shows, false);
});

test('the clock of the frames sent runs forward, and never further than a frame over what was skipped', () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { maxLength: 200 }),
      fc.integer({ min: 0, max: 2 }),
      (changes, secondary) => {
        const { clock, gate } = gateAt();
        gate.reset(Array(1 + secondary).fill(0));
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
            const { sceneAtMs: sceneMs } = send(gate, admitted, changed);
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
  {
    untilMs,
    changes = () => false,
    parts = PARTS,
  }: { untilMs: number; changes?: (nowMs: number) => boolean; parts?: readonly Box[] },
) {
  const sent: { shows: SentAs['shows']; part: Box | undefined }[] = [];
  for (; clock.nowMs <= untilMs; clock.nowMs += 100) {
    const admitted = gate.admit(clock.nowMs, { planParts: () => [...parts] });
    const changed = changes(clock.nowMs);
    if (admitted.skipUnchanged && !changed) {
      gate.skipped(admitted);
      continue;
    }
    const { shows, look } = send(gate, admitted, changed);
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
  plain.gate.reset([0]);
  let looks = 0;
  for (; plain.clock.nowMs <= 5_000; plain.clock.nowMs += 100) {
    const admitted = plain.gate.admit(plain.clock.nowMs);
    if (admitted.skipUnchanged) continue;
    send(plain.gate, admitted, plain.clock.nowMs === 0);
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
    const { shows, look } = send(gate, admitted, clock.nowMs === 0);
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
  const first = send(gate, gate.admit(0), true);
  clock.nowMs = 300;
  assert.equal(gate.admit(300, { planParts: () => [...PARTS] }).part, undefined);
  gate.labelled(0, true, undefined, first.look);
  assert.deepEqual(gate.admit(300, { planParts: () => [...PARTS] }).part, PARTS[0]);
  gate.reset([0]);
  clock.nowMs = 600;
  const admitted = gate.admit(600, { planParts: () => [...PARTS] });
  assert.equal(admitted.part, undefined);
  assert.equal(send(gate, admitted, false).shows, 'new scene');
});

test('a part that got no labels is shown again, and one of a scene that is gone is not', () => {
  const { clock, gate } = gateAt();
  const planParts = () => [...PARTS];
  const whole = send(gate, gate.admit(0), true);
  gate.labelled(0, true, undefined, whole.look);
  clock.nowMs = 200;
  const { look } = send(gate, gate.admit(200, { planParts }), false);
  assert.deepEqual(look?.part, PARTS[0]);
  gate.dropped(0, look);
  const next = () => {
    clock.nowMs += 100;
    return send(gate, gate.admit(clock.nowMs, { planParts }), false).look?.part;
  };
  assert.deepEqual([next(), next(), next()], [PARTS[1], PARTS[0], undefined]);
  clock.nowMs += 100;
  const moved = send(gate, gate.admit(clock.nowMs, { planParts }), true);
  gate.labelled(0, true, undefined, moved.look);
  gate.dropped(0, look);
  assert.deepEqual([next(), next(), next()], [PARTS[0], PARTS[1], undefined]);
});

const TAPPED: Box = [0.3, 0.3, 0.25, 0.25];

test('a tap has the part around the tapped thing shown, and none that was shown before', () => {
  const { clock, gate } = gateAt();
  run(gate, clock, { untilMs: 5_000, changes: (nowMs) => nowMs === 0 });
  gate.lookCloser();
  const sent = run(gate, clock, { untilMs: 8_000, parts: [TAPPED, ...PARTS] });
  assert.deepEqual(
    sent.flatMap(({ part }) => (part ? [part] : [])),
    [TAPPED],
  );
});

test('a part that waits for its labels while something is tapped is shown once, or once more if it got none', () => {
  for (const isDropped of [false, true]) {
    const { clock, gate } = gateAt();
    const whole = send(gate, gate.admit(0), true);
    gate.labelled(0, true, undefined, whole.look);
    clock.nowMs = 200;
    const admitted = gate.admit(200, { planParts: () => [...PARTS] });
    // The tap comes while its picture is encoded.
    gate.lookCloser();
    const { look } = send(gate, admitted, false);
    assert.deepEqual(look?.part, PARTS[0]);
    const planParts = () => [TAPPED, ...PARTS.map((part): Box => [...part])];
    const next = () => {
      clock.nowMs += 100;
      return send(gate, gate.admit(clock.nowMs, { planParts }), false).look?.part;
    };
    assert.deepEqual(next(), TAPPED);
    if (isDropped) gate.dropped(0, look);
    else gate.labelled(0, true, undefined, look);
    assert.deepEqual([next(), next(), next()], [PARTS[1], isDropped ? PARTS[0] : undefined, undefined]);
  }
});

const WALKER: Box = [0.1, 0.4, 0.25, 0.25];

/**
 * Before a camera of 30 pictures a second, in which little moves.
 * @param answerMs from a frame to its labels
 * @returns what was sent, and when
 */
function follow(answerMs: number, { untilMs = 3_000, moves = (nowMs: number) => nowMs >= 0 } = {}) {
  const { clock, gate } = gateAt();
  const sent: { atMs: number; shows: SentAs['shows']; part: Box | undefined }[] = [];
  const waiting: { atMs: number; look: SentAs['look'] }[] = [];
  for (; clock.nowMs <= untilMs; clock.nowMs += FRAME_MS) {
    for (const { look } of waiting.splice(0, waiting.filter(({ atMs }) => atMs <= clock.nowMs).length)) {
      gate.labelled(0, waiting.length === 0, undefined, look);
    }
    if (waiting.length > 1 || !gate.isDue()) continue;
    const admitted = gate.admit(clock.nowMs, { planParts: () => [] });
    const changed = moves(clock.nowMs);
    if (!changed && admitted.skipUnchanged) {
      gate.skipped(admitted);
      continue;
    }
    const part = admitted.followsMotion ? WALKER : undefined;
    const { shows, look } = gate.sent(admitted, changed ? { changed, moving: WALKER, part } : { changed });
    waiting.push({ atMs: clock.nowMs + answerMs, look });
    sent.push({ atMs: clock.nowMs, shows, part: look?.part });
  }
  return sent;
}

test('where little moves, some frames a second show that part, each after a whole of the moment before', () => {
  for (const answerMs of [10, 60, 90]) {
    const sent = follow(answerMs);
    const parts = sent.filter(({ shows }) => shows === 'part');
    assert.ok(parts.length >= 8 && parts.length <= 13, `${parts.length} of ${sent.length}`);
    for (const [at, { shows, part }] of sent.entries()) {
      // What a part shows holds for its own moment: a new scene takes its place.
      if (shows === 'part') assert.deepEqual([sent[at - 1]?.shows, part], ['new scene', WALKER]);
      else assert.equal(shows, 'new scene');
    }
    const wholes = sent.filter(({ shows }) => shows !== 'part').map(({ atMs }) => atMs);
    const longest = Math.max(...wholes.slice(1).map((atMs, at) => atMs - (wholes[at] ?? 0)));
    assert.ok(longest <= 2 * answerMs + 3 * FRAME_MS, `${longest} ms without the whole at ${answerMs}`);
    assert.ok(wholes.length >= 0.6 * sent.length, `${wholes.length} of ${sent.length}`);
  }
});

test('a backend that has no time to spare sees wholes only, and as many as without parts', () => {
  for (const answerMs of [150, 300]) {
    const sent = follow(answerMs);
    assert.ok(sent.every(({ shows }) => shows === 'new scene'));
    // Two on their way at any time.
    assert.ok(sent.length >= (2 * 3_000) / (answerMs + FRAME_MS) - 2, `${sent.length}`);
  }
});

test('when what moved stands still, the whole is shown next', () => {
  const sent = follow(10, { moves: (nowMs) => nowMs < 1_000 });
  const last = sent.findLastIndex(({ shows }) => shows === 'part');
  assert.ok((sent[last]?.atMs ?? 9_999) < 1_000);
  assert.equal(sent[last + 1]?.shows, 'new scene');
  assert.equal(sent.at(-1)?.shows, 'same scene');
});

test('a part that moves and got no labels is not shown again', () => {
  const { clock, gate } = gateAt();
  const planParts = () => [];
  const whole = send(gate, gate.admit(0, { planParts }), true);
  gate.labelled(0, true, undefined, whole.look);
  clock.nowMs = 100;
  const admitted = gate.admit(100, { planParts });
  assert.equal(admitted.followsMotion, true);
  const { look } = gate.sent(admitted, { changed: true, moving: WALKER, part: WALKER });
  gate.dropped(0, look);
  clock.nowMs = 200;
  const next = gate.admit(200, { planParts });
  assert.deepEqual([next.part, next.followsMotion], [undefined, false]);
});
