import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { createModelStore } from '../library/store.ts';
import type { RefreshResult } from '../serving/applyFolder.ts';
import { modelsDirectory } from '../testing/modelFixtures.ts';
import { stageVersion } from '../testing/stageVersion.ts';
import { assertAccepted, localChanges } from './localChanges.ts';

/** Models of this machine, and a server that says `verdict` of each change. */
async function open(t: TestContext, verdict: () => Promise<RefreshResult | undefined>) {
  const store = createModelStore(await modelsDirectory(t));
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  const terminal = {
    print: say,
    say,
    step: say,
    bytes() {},
    count() {},
    canAsk: false,
    ask: async () => false,
  };
  const { signal } = new AbortController();
  const changes = localChanges({ verdict }, { store, terminal, signal });
  const stage = async (graph: string) => {
    const { dir } = await store.stage();
    await stageVersion(dir, 'mine', graph);
    return dir;
  };
  const live = async () => (await store.versions('mine').catch(() => []))[0]?.version;
  return { store, changes, stage, live, said };
}

const slow: RefreshResult = { ok: false, why: 'It is too slow.', details: ['9 ms instead of 3'] };

test('a new model that the server refuses is removed again, and the error has its reasons', async (t) => {
  const { changes, stage, live } = await open(t, async () => slow);
  const result = await changes.activate('mine', await stage('a'), { isNew: true });
  assert.throws(
    () => assertAccepted('mine', result),
    /^CommandError: The server refused mine@[0-9a-f]{12}: It is too slow\. It was removed again\.\n {2}9 ms/,
  );
  assert.equal(await live(), undefined);
});

test('a version that the server accepts is not on trial any more', async (t) => {
  const { store, changes, stage, said } = await open(t, async () => ({ ok: true }));
  assertAccepted('mine', await changes.activate('mine', await stage('a')));
  assert.deepEqual(
    (await store.history('mine')).map(({ onTrial }) => onTrial),
    [undefined],
  );
  assert.deepEqual(said, ['The server is trying it']);
});

for (const [what, verdict, why] of [
  ['the server refuses', slow, 'It is too slow.'],
  ['the server says nothing of', undefined, 'It did not report a result within two minutes.'],
] as const) {
  test(`a rollback that ${what} is undone, and its version is set aside`, async (t) => {
    let now: RefreshResult | undefined = { ok: true };
    const { store, changes, stage, live } = await open(t, async () => now);
    await changes.activate('mine', await stage('a'));
    await changes.activate('mine', await stage('b'));
    const before = await live();
    now = verdict;
    const result = await changes.rollback('mine', undefined);
    assert.throws(() => assertAccepted('mine', result), new RegExp(`${why} Version ${before} stays live`));
    assert.equal(await live(), before);
    await assert.rejects(store.rollback('mine'), /no previous version.*set aside: /);
  });
}

test('a version that was replaced during its trial is left alone', async (t) => {
  const { store, changes, stage, live } = await open(t, async () => {
    await store.activate('mine', await stage('b'));
    return slow;
  });
  const result = await changes.activate('mine', await stage('a'));
  assert.ok(!result.ok && !result.isRolledBack);
  assert.notEqual(await live(), result.version);
  assert.throws(() => assertAccepted('mine', result), /It is too slow\.\n/);
});
