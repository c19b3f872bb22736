import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { openRegistry } from '../testing/openRegistry.ts';
import { describeModelDirectory } from './modelDirectoryContract.ts';

describeModelDirectory('registry', openRegistry);

test('a model is live, and no longer on trial, after a swap that ends well and after one that does not', async (t) => {
  const stage = await openRegistry(t);
  const { directory } = stage;
  const [held] = directory.held;
  assert.ok(held);
  const { live } = held;
  const other = { ...live, version: 'other', manifestFile: path.join(live.dir, 'int8', 'manifest.json') };
  const shown = () => directory.details().map(({ version, state }) => [version, state]);
  const { dir: copied } = held.serving;
  assert.ok(existsSync(copied));
  await directory.swap(live, other);
  assert.equal(existsSync(copied), false, 'no worker will load the copy again');
  assert.deepEqual(shown(), [['other', 'live']]);
  stage.canLoad = false;
  await assert.rejects(directory.swap(live, live), /No worker can load it/);
  assert.deepEqual(shown(), [['other', 'live']]);
});
