import assert from 'node:assert/strict';
import test from 'node:test';
import { type Step, stepsOf } from '../../../vision/steps.ts';
import { fitsWorker } from './decodeCost.ts';
import { MAX_STEPS_MS } from './limits.ts';
import { stepsCost } from './stepsCost.ts';

const fits = (ms: number) =>
  fitsWorker({ ms, pixels: 0, size: { width: 0, height: 0 }, what: '', isBounded: true });
const PREPARATIONS: Readonly<Record<string, Step[]>> = {
  stretch: stepsOf({ width: 300, height: 300, fit: 'stretch' }),
  letterbox: stepsOf({ width: 640, height: 640, fit: 'letterbox', resample: 'antialiased' }),
  crop: stepsOf({ width: 224, height: 224, fit: 'crop', crop: 0.875, resample: 'bicubic' }),
};

test('what ordinary models do to pictures as cameras send them fits a worker', () => {
  for (const [name, steps] of Object.entries(PREPARATIONS)) {
    for (const size of [
      { width: 320, height: 240 },
      { width: 1024, height: 1024 },
      { width: 1280, height: 720 },
      { width: 1, height: 4096 },
    ]) {
      const ms = stepsCost(steps, size);
      assert.ok(ms > 0 && fits(ms), `${name} of ${size.width}x${size.height}: ${ms} ms`);
    }
  }
});

test('a small picture that is much enlarged does not fit a worker, and one of an endless detour is not taken', () => {
  const small = { width: 64, height: 64 };
  const side = (length: number): Step => ({
    op: 'resize',
    width: length,
    height: length,
    resample: 'bicubic',
  });
  const large = stepsCost([side(4096)], small);
  assert.ok(!fits(large) && large < MAX_STEPS_MS, `${large} ms`);
  assert.ok(stepsCost([side(8192), side(224)], small) > MAX_STEPS_MS);
  const often = Array.from({ length: 4 }, () => [side(4096), side(64)]).flat();
  assert.ok(stepsCost(often, small) > MAX_STEPS_MS);
});

test('what is cut away costs nothing, and a picture that lies on its side as much as upright', () => {
  const crop = PREPARATIONS.crop ?? [];
  const narrow = stepsCost(crop, { width: 16_000, height: 1 });
  assert.ok(fits(narrow), `${narrow} ms`);
  assert.equal(narrow, stepsCost(crop, { width: 1, height: 16_000 }));
});

test('a size that no header states costs nothing', () => {
  assert.equal(stepsCost(PREPARATIONS.stretch ?? [], { width: 0, height: 0 }), 0);
});
