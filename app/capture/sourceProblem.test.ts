import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cameraProblem, screenProblem } from './sourceProblem.ts';

const named = (name: string, message = '') => Object.assign(new Error(message), { name });

test('each way in which a camera is refused has its own state', () => {
  assert.deepEqual(cameraProblem(named('NotAllowedError', 'Permission denied')), {
    kind: 'denied',
    bySystem: false,
  });
  assert.deepEqual(cameraProblem(named('NotAllowedError', 'Permission denied by system')), {
    kind: 'denied',
    bySystem: true,
  });
  assert.equal(cameraProblem(named('NotFoundError')).kind, 'no-camera');
  assert.equal(cameraProblem(named('NotReadableError')).kind, 'camera-busy');
  assert.equal(cameraProblem(named('WeirdError', 'x')).kind, 'failed');
  assert.equal(cameraProblem('x').kind, 'failed');
});

test('a closed screen picker is no problem', () => {
  assert.equal(screenProblem(named('NotAllowedError', 'Permission denied by user')).kind, 'cancelled');
  assert.equal(screenProblem(named('NotAllowedError', 'Permission denied by system')).kind, 'denied');
  assert.equal(screenProblem(named('NotReadableError', 'x')).kind, 'failed');
});
