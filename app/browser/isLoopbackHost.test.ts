import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopbackHost } from './isLoopbackHost.ts';

test('names of the machine itself, and no others', () => {
  for (const name of ['localhost', 'app.localhost', '127.0.0.1', '127.1.2.3', '[::1]']) {
    assert.equal(isLoopbackHost(name), true, name);
  }
  for (const name of ['192.168.1.7', '127.example.com', 'localhost.example', '[fd00::2]', 'livelens.local']) {
    assert.equal(isLoopbackHost(name), false, name);
  }
});
