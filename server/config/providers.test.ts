import assert from 'node:assert/strict';
import test from 'node:test';
import { readConfig } from './config.ts';

const providersOf = (text?: string) =>
  readConfig(text === undefined ? {} : { PROVIDERS: text }, { root: '/' }).providers;

test('PROVIDERS names what may be tried next to the processor', () => {
  assert.deepEqual(providersOf(), ['webgpu', 'coreml', 'dml', 'cuda', 'tensorrt']);
  assert.deepEqual(providersOf(''), providersOf());
  assert.deepEqual(providersOf('cpu'), []);
  assert.deepEqual(providersOf('webgpu,cpu'), ['webgpu']);
  assert.deepEqual(providersOf('tensorrt, cuda'), ['cuda', 'tensorrt']);
});

test('a wrong name is refused with those that there are, and the one that was meant', () => {
  assert.throws(
    () => providersOf('webgup'),
    /PROVIDERS.*cpu, webgpu, coreml.* got "webgup"\. Did you mean webgpu\?/,
  );
  assert.throws(() => providersOf('auto,cuda'), /"auto" alone/);
});
