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

test('a model that could not be loaded is offered again after a minute, and then after two', async (t) => {
  const stage = await openRegistry(t, { withColours: true });
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { directory } = stage;
  const [, unloaded] = directory.details();
  assert.equal(unloaded?.state, 'unloaded');
  const colours = directory.find('colours');
  stage.canLoad = false;
  const state = () => directory.details().find(({ id }) => id === 'colours')?.state;
  for (const waitMs of [60_000, 120_000]) {
    await assert.rejects(Promise.resolve(directory.load(colours)), /No worker can load it/);
    assert.equal(state(), 'broken');
    t.mock.timers.tick(waitMs - 1);
    assert.throws(() => directory.find('colours'), { code: 'unknown_model' });
    t.mock.timers.tick(1);
    assert.equal(state(), 'unloaded');
  }
  stage.canLoad = true;
  await directory.load(directory.find('colours'));
  const live = directory.details().find(({ id }) => id === 'colours');
  assert.deepEqual([live?.state, live?.problem], ['live', undefined]);
});

test('a model that could not be loaded is not offered again once its folder was read again and refused for the same reason', async (t) => {
  const stage = await openRegistry(t, { withColours: true });
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { directory } = stage;
  stage.canLoad = false;
  await assert.rejects(Promise.resolve(directory.load(directory.find('colours'))), /No worker can load it/);
  assert.equal((await directory.refresh('colours')).ok, false);
  t.mock.timers.tick(60_000);
  assert.equal(directory.details().find(({ id }) => id === 'colours')?.state, 'broken');
});
