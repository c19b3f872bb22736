import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { ClientError } from '../../client/clientError.ts';
import type { ModelDetails } from '../../protocol/models.ts';
import { createModelStore } from '../library/store.ts';
import { modelsDirectory } from '../testing/modelFixtures.ts';
import { stageVersion } from '../testing/stageVersion.ts';
import { findRunningServer } from './runningServer.ts';

/** A models directory, and what servers of it say, one answer after the other; the last again and again. */
async function open(t: TestContext) {
  const modelsDir = await modelsDirectory(t);
  const store = createModelStore(modelsDir);
  const activate = async (id: string, graph: string, onTrial: boolean) => {
    const { dir } = await store.stage();
    await stageVersion(dir, id, graph);
    return store.activate(id, dir, { onTrial });
  };
  const [{ version = '' } = {}] = await store.versions('coco-ssd');
  const model = (id: string, change: Partial<ModelDetails>) =>
    ({ id, state: 'live', ...change }) as ModelDetails;
  const shipped = model('coco-ssd', { version });
  const find = (isOnRecord: boolean, answers: (Error | readonly ModelDetails[])[]) => {
    const models = async () => {
      const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? [];
      if (answer instanceof Error) throw answer;
      return { models: [...answer] } as Awaited<
        ReturnType<Parameters<typeof findRunningServer>[0][number]['client']['models']>
      >;
    };
    const { signal } = new AbortController();
    return findRunningServer([{ client: { url: 'http://server', models }, isOnRecord }], {
      store,
      modelsDir,
      signal,
    });
  };
  return { find, activate, model, shipped };
}

const refused = () => {
  const reason = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  return new ClientError('unreachable', 'no', { cause: new TypeError('fetch failed', { cause: reason }) });
};

test('a server on record is there, however late it answers and whatever it is about to try', async (t) => {
  const { find, activate, shipped } = await open(t);
  const slow = new ClientError('unreachable', 'no', { cause: new DOMException('late', 'TimeoutError') });
  assert.ok(await find(true, [slow, [shipped]]));
  await activate('mine', 'a', false);
  assert.ok(await find(true, [[shipped]]));
  assert.equal(await find(true, [refused()]), undefined);
});

test('a server that is not on record is known by its models, but for those on trial', async (t) => {
  const { find, activate, model, shipped } = await open(t);
  assert.ok(await find(false, [[shipped]]));
  assert.equal(await find(false, [[model('coco-ssd', { version: 'another' })]]), undefined);
  assert.equal(await find(false, [[shipped, model('other', { version: 'a' })]]), undefined);
  assert.equal(await find(false, [refused()]), undefined);
  const { version } = await activate('mine', 'a', true);
  assert.ok(await find(false, [[shipped]]), 'one that it has not seen yet');
  assert.ok(await find(false, [[shipped, model('mine', { state: 'loading', version: '' })]]));
  await activate('theirs', 'b', false);
  assert.equal(await find(false, [[shipped, model('mine', { version })]]), undefined);
});

test('a server that tries another model is waited for, and the person is notified', async (t) => {
  const { find, activate, model, shipped } = await open(t);
  const busy = [shipped, model('other', { state: 'loading', version: '' })];
  const answers = [[shipped], busy, busy];
  const server = await find(true, answers);
  const { version } = await activate('mine', 'a', true);
  answers.push([shipped, model('mine', { version: '', problem: 'slow', refused: version })]);
  let notices = 0;
  const onWait = () => {
    notices += 1;
  };
  assert.deepEqual(await server?.verdict('mine', version, onWait), { ok: false, why: 'slow' });
  assert.equal(notices, 1);
});
