import assert from 'node:assert/strict';
import test from 'node:test';
import type { CollectionDetails } from '../../protocol/things.ts';
import { relearningNews } from './relearningNews.ts';

const mine = (relearning?: CollectionDetails['relearning'], id = 'mine'): CollectionDetails => ({
  id,
  visibility: 'link',
  things: [],
  mayChange: true,
  canUndo: false,
  relearning,
});

test('it is said that a collection is learned again when that begins and ends, and not each time it went on', () => {
  const [first, next] = [mine({ done: 0, total: 2 }), mine({ done: 1, total: 2 })];
  assert.equal(relearningNews(undefined, first), 'relearningBegun');
  assert.equal(relearningNews(mine(), first), 'relearningBegun');
  assert.equal(relearningNews(first, next), undefined);
  assert.equal(relearningNews(next, mine()), 'relearningEnded');
  assert.equal(relearningNews(mine(), mine()), undefined);
  assert.equal(relearningNews(next, undefined), undefined, 'it is read again');
  assert.equal(relearningNews(next, mine(undefined, 'other')), undefined);
});
