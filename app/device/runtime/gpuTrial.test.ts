import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeviceError, DeviceTimeout } from './deviceSession.ts';
import { isSettled, judge, judgeFailure, verdictsOf } from './gpuTrial.ts';

test('WebGPU is chosen where its goldens hold and it is clearly faster', () => {
  assert.deepEqual(judge(true, 31, 84), { isChosen: true, why: 'WebGPU 31 ms, wasm 84 ms' });
  assert.deepEqual(judge(true, 80, 84), { isChosen: false, why: 'WebGPU 80 ms, wasm 84 ms' });
  assert.deepEqual(judge(false, 31, 84), { isChosen: false, why: 'WebGPU: goldens differ' });
});

test('that files were out of reach now says nothing of the next time; what else fails speaks against WebGPU', () => {
  const unreachable = new DeviceError('unreachable', 'The runtime could not be loaded.');
  assert.equal(judgeFailure(unreachable, undefined), undefined);
  assert.deepEqual(judgeFailure(new DeviceError('unsupported', 'no adapter'), undefined), {
    isChosen: false,
    why: 'WebGPU: no adapter',
  });
});

test('what takes too long is tried again, twice: a busy machine may be to blame', () => {
  const slow = new DeviceTimeout('not ready within 120 s');
  assert.equal(isSettled(undefined), false);
  const once = judgeFailure(slow, undefined);
  assert.deepEqual([once?.isChosen, once?.timeouts, isSettled(once)], [false, 1, false]);
  const twice = judgeFailure(slow, once);
  assert.equal(isSettled(twice), false);
  assert.equal(isSettled(judgeFailure(slow, twice)), true);
  assert.equal(isSettled(judgeFailure(new DeviceError('failed', 'It died.'), twice)), true);
});

test('a verdict is remembered for one version, one runtime and one browser', () => {
  const kept = new Map<string, string>();
  const entries = {
    read: (name: string) => kept.get(name),
    write: (name: string, value = '') => void kept.set(name, value),
  };
  const browser = { runtimeUrl: '/runtime/1/', userAgent: 'A', entries };
  const verdict = judge(true, 31, 84);
  const verdicts = verdictsOf({ id: 'pets', version: 'v1' }, browser);
  assert.equal(verdicts.read(), undefined);
  verdicts.write(verdict);
  assert.deepEqual(verdicts.read(), verdict);
  assert.equal(verdictsOf({ id: 'pets', version: 'v2' }, browser).read(), undefined);
  assert.equal(verdictsOf({ id: 'pets', version: 'v1' }, { ...browser, userAgent: 'B' }).read(), undefined);
  assert.equal(
    verdictsOf({ id: 'pets', version: 'v1' }, { ...browser, runtimeUrl: '/runtime/2/' }).read(),
    undefined,
  );
  assert.equal(kept.size, 1, 'a new version takes the place of the one before');
});

test('where storage is blocked there is no verdict, and no error', () => {
  // Node has no local storage: as in a browser that blocks it.
  const verdicts = verdictsOf({ id: 'pets', version: 'v1' }, { runtimeUrl: '', userAgent: '' });
  verdicts.write({ isChosen: true, why: '' });
  assert.equal(verdicts.read(), undefined);
});
