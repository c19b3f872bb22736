import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { temporaryFolder } from '../import/testing/modelsForTests.ts';
import { smallTowers, writeTowers } from '../import/testing/words/smallTowers.ts';
import { openCommand } from '../testing/runCommand.ts';

test('a model of words is added with some, gets others, and rolls back', async (t) => {
  const { run, leftovers } = await openCommand(t);
  const dir = await writeTowers(path.join(await temporaryFolder(t), 'towers'), smallTowers('clip'));
  const added = await run(`add ${dir} --id towers --words red,a_green --yes`);
  assert.equal(added.code, 0, added.err);
  assert.match(added.out, /"a photo of a red"/);
  assert.equal((await run('words towers')).out, 'red\na_green\n');

  const changed = await run('words towers blue green,red');
  assert.equal(changed.code, 0, changed.err);
  assert.match(changed.out, /"a photo of a blue"\n {2}"a photo of a green"\n/);
  assert.match(changed.err, /rollback towers \w{12}" goes back/);
  assert.equal((await run('words towers')).out, 'blue\ngreen\nred\n');
  assert.equal((await run('verify towers')).code, 0);
  assert.equal((await run('words towers blue green red')).code, 0, 'the same words again');

  const wrong = await run('words towers red,');
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /Word 2 of 2 is empty/);
  assert.equal((await run('rollback towers')).code, 0);
  assert.equal((await run('words towers')).out, 'red\na_green\n');
  const fixed = await run('words coco-ssd cat,dog');
  assert.match(fixed.err, /"coco-ssd" has fixed labels/);
  assert.equal(fixed.code, 1);
  const both = await run(`add ${dir} --words red,green --labels labels.txt`);
  assert.match(both.err, /--words and --labels both name/);
  assert.deepEqual(await leftovers(), []);
});
