import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../protocol/errors.ts';
import { aboutThings } from '../../protocol/sentences/things.ts';
import { problemOf } from '../models/problem.ts';
import { thingsHere } from './thingsHere.ts';

test('a browser that keeps nothing has no collections, and who wants one is told why', async () => {
  // There is no database outside of browsers, as in some private windows.
  const here = thingsHere({
    embed: async () => ({ views: [], version: '' }),
    version: () => undefined,
    onHead() {},
  });
  assert.deepEqual(await here.list(), []);
  await assert.rejects(here.create('mugs'), { code: 'no_storage' });
  await assert.rejects(here.collection('@mugs').details(), { code: 'no_storage' });
});

test('a limit of a collection of this browser is worded as one of the server’s', () => {
  const { code, text, sentence } = problemOf(
    new CodedError('conflict', aboutThings('things_full', { max: 200 })),
  );
  assert.equal(code, 'conflict');
  assert.match(text, /^A collection has 200 things at most/);
  assert.deepEqual(sentence, { code: 'things_full', values: { max: 200 } });
});
