import assert from 'node:assert/strict';
import test from 'node:test';
import { requireSize } from './pictureErrors.ts';

test('a picture that cannot be sent to a worker is refused with the limit, and what to do', () => {
  requireSize(new Uint8Array(9));
  requireSize(new Uint8Array(9), 9);
  assert.throws(() => requireSize(new Uint8Array(9), 8), {
    code: 'frame_too_large',
    message: /may have 8 bytes here, and this one has 9: .*raise max_payload/,
  });
});
