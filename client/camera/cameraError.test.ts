import assert from 'node:assert/strict';
import test from 'node:test';
import { cameraProblem, SourceError } from '../../app/capture/sourceProblem.ts';
import { CAMERA_ERRORS } from '../clientError.ts';
import { elementWords } from '../element/elementWords.ts';
import { toCameraError } from './cameraError.ts';

const rejected = (name: string) => new SourceError(cameraProblem(new DOMException('why', name)));

for (const [error, code] of [
  [rejected('NotAllowedError'), 'camera_denied'],
  [rejected('NotFoundError'), 'camera_missing'],
  [rejected('NotReadableError'), 'camera_busy'],
  [new SourceError({ kind: 'withheld' }), 'camera_withheld'],
  [rejected('SomethingNew'), 'camera_failed'],
  [new TypeError('why'), 'camera_failed'],
] as const) {
  test(`${error.cause ?? error.message} is ${code}, in words`, () => {
    const problem = toCameraError(error);
    assert.equal(problem.code, code);
    assert.match(problem.message, code === 'camera_failed' ? /why$/ : /\.$/);
    assert.equal(problem.isRetryable, false);
  });
}

test('the element words each of them in both languages, by the language of the page', () => {
  for (const code of CAMERA_ERRORS) {
    assert.match(elementWords('en-GB').errors[code], /\w+\.$/);
    assert.match(elementWords('zh-CN').errors[code], /\p{Script=Han}/u);
  }
  assert.equal(elementWords('de'), elementWords('en'));
});
