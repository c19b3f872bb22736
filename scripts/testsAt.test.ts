import assert from 'node:assert/strict';
import test from 'node:test';
import { testsAt } from './testsAt.ts';

const FILES = ['/r/server/a.test.ts', '/r/server/b.long.test.ts', '/r/serverless/c.test.ts'];
const isLong = (file: string) => file.endsWith('.long.test.ts');

test('without a name all tests of the kind run; a named file runs whatever its kind is', () => {
  assert.deepEqual(testsAt('/r', FILES, [], isLong), ['/r/server/b.long.test.ts']);
  assert.deepEqual(testsAt('/r', FILES, ['./server/a.test.ts'], isLong), ['/r/server/a.test.ts']);
});

test('of a folder the tests of the kind run, once, and none of a folder whose name begins alike', () => {
  const named = ['server', 'server\\b.long.test.ts'];
  assert.deepEqual(testsAt('/r', FILES, named, isLong), ['/r/server/b.long.test.ts']);
  assert.deepEqual(
    testsAt('/r', FILES, ['server/'], () => true),
    FILES.slice(0, 2),
  );
});

test('a name at which there is no test is refused', () => {
  assert.throws(() => testsAt('/r', FILES, ['server/none.test.ts'], isLong), /server\/none\.test\.ts/);
  assert.throws(() => testsAt('/r', FILES, ['serverless'], isLong), /serverless/);
});
