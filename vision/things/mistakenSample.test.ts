import assert from 'node:assert/strict';
import test from 'node:test';
import { embeddingOf } from '../testing/thingCalled.ts';
import { mistakenSample } from './mistakenSample.ts';

const sample = (id: string, shows: string, view = 1) => ({ id, views: [embeddingOf(shows, view)] });

test('the sample is found that shows what is seen, and none where all show something else', () => {
  const seen = [embeddingOf('cat', 9)];
  assert.equal(mistakenSample([sample('a', 'dog'), sample('b', 'cat'), sample('c', 'dog', 2)], seen), 'b');
  assert.equal(mistakenSample([sample('a', 'dog'), sample('c', 'dog', 2)], seen), undefined);
  assert.equal(mistakenSample([], seen), undefined);
  assert.equal(mistakenSample([{ id: 'a', views: [] }], seen), undefined);
  assert.equal(mistakenSample([sample('a', 'cat')], []), undefined);
});
