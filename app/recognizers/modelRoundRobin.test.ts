import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ModelRoundRobin } from './modelRoundRobin.ts';
import { StillScene } from './stillScene.ts';

const STEP_MS = 10;

/** A scene that always moves, and one secondary model, whose frames end after `workMs`. @returns when they were sent */
function play(
  untilMs: number,
  {
    workMs,
    labelsAt,
    isCrowded = false,
    isDropped = () => false,
  }: {
    workMs: number;
    /** Whether labels of the primary model come now. */
    labelsAt: (nowMs: number, isSecondaryAtWork: boolean) => boolean;
    isCrowded?: boolean;
    isDropped?: (nowMs: number) => boolean;
  },
): number[] {
  const roundRobin = new ModelRoundRobin();
  roundRobin.reset([0]);
  roundRobin.labelled(0, 0);
  const scene = new StillScene();
  const sentMs: number[] = [];
  let endsMs: number | undefined;
  for (let nowMs = 0; nowMs < untilMs; nowMs += STEP_MS) {
    scene.wake(nowMs);
    if (endsMs !== undefined && nowMs >= endsMs) {
      if (isDropped(nowMs)) roundRobin.dropped(1);
      else roundRobin.labelled(1, nowMs);
      endsMs = undefined;
    }
    if (labelsAt(nowMs, endsMs !== undefined)) roundRobin.labelled(0, nowMs);
    if (roundRobin.next(nowMs, scene, undefined, isCrowded) === 0) continue;
    assert.equal(endsMs, undefined, 'one at a time');
    roundRobin.sent(1, nowMs);
    sentMs.push(nowMs);
    endsMs = nowMs + workMs;
  }
  return sentMs;
}

const gaps = (timesMs: readonly number[]) => timesMs.slice(1).map((atMs, at) => atMs - (timesMs[at] ?? 0));
const always = (nowMs: number) => nowMs % 40 === 0;

test('a secondary model that costs the primary one no labels runs twice a second', () => {
  const sent = play(20_000, { workMs: 250, labelsAt: always });
  assert.ok(
    gaps(sent)
      .slice(5)
      .every((gapMs) => gapMs >= 500 && gapMs < 750),
    `${gaps(sent)}`,
  );
});

test('one that costs it half of its labels meanwhile gets a sixteenth of the time', () => {
  const sent = play(40_000, {
    workMs: 250,
    labelsAt: (nowMs, isAtWork) => nowMs % (isAtWork ? 80 : 40) === 0,
  });
  for (const gapMs of gaps(sent).slice(5))
    assert.ok(gapMs > 2_500 && gapMs <= 16 * 250 + STEP_MS, `${gaps(sent)}`);
});

test('on a server where others wait it gets a twelfth of the time, whatever this page sees', () => {
  const sent = play(20_000, { workMs: 250, labelsAt: always, isCrowded: true });
  assert.ok(
    gaps(sent).every((gapMs) => gapMs >= 12 * 250),
    `${gaps(sent)}`,
  );
});

test('while its frames get no answer, as it is being loaded, it is asked less often, up to every two seconds', () => {
  const sent = play(12_000, { workMs: 100, labelsAt: always, isDropped: (nowMs) => nowMs < 8_000 });
  assert.deepEqual(gaps(sent).slice(0, 4), [1_000, 2_000, 2_000, 2_000]);
  assert.ok((gaps(sent).at(-1) ?? 0) < 2_000, `${gaps(sent)}`);
});

test('what it was not answered it has not seen', () => {
  const roundRobin = new ModelRoundRobin();
  roundRobin.reset([0]);
  roundRobin.labelled(0, 0);
  const scene = new StillScene();
  scene.sent(0, true, 0);
  roundRobin.sent(1, 100);
  assert.deepEqual(roundRobin.upToDate(scene), [0, 1]);
  roundRobin.dropped(1);
  assert.deepEqual(roundRobin.upToDate(scene), [0]);
  assert.equal(roundRobin.next(5_000, scene), 1);
});
