import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { CodedError } from '../../protocol/errors.ts';
import { aboutThings } from '../../protocol/sentences/things.ts';
import { loggedError } from './loggedText.ts';

test('errors are logged without the ids of collections of taught things: the path of a file has them', async () => {
  for (const dir of ['/.things/', '\\.things\\']) {
    const file = `${import.meta.dirname}${dir}ours-abc${path.sep}samples${path.sep}1.jpg`;
    const error = await readFile(file).catch((thrown: unknown) => thrown);
    assert.match(loggedError(error), /^ENOENT.*things[/\\]…[/\\]samples/);
    assert.doesNotMatch(loggedError(error), /ours/);
  }
  const gone = new CodedError('unknown_collection', aboutThings('no_collection', { id: 'ours-abc' }));
  assert.equal(loggedError(gone), 'unknown_collection');
  assert.equal(loggedError(new Error('another')), 'another');
});
