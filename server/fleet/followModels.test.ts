import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import path from 'node:path';
import test from 'node:test';
import { CodedError } from '../../protocol/errors.ts';
import { readModelFolder } from '../library/modelFolder.ts';
import { createModelStore } from '../library/store.ts';
import { modelsDirectory } from '../testing/modelFixtures.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { type FollowOptions, followModels } from './followModels.ts';

test('a model that had no room in a worker is loaded when there is some, and is refused no more', async (t) => {
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const modelsDir = await modelsDirectory(t);
  const folder = await readModelFolder(path.join(modelsDir, 'coco-ssd'));
  const live = { id: 'coco-ssd', version: folder.version, files: [] };
  const events = new EventEmitter();
  let isBusy = true;
  let loads = 0;
  const follower = followModels({
    role: 'worker',
    library: {
      pointers: new Map([[live.id, { pointer: { live }, revision: 1 }]]),
      removed: new Map(),
      onChange: (listener: () => void) => {
        events.on('news', listener);
        return () => {};
      },
    },
    ...{ modelsDir, store: createModelStore(modelsDir), log: SILENT_LOG, memberId: 'worker' },
    members: { all: [], announceNow: () => events.emit('announced') },
    registry: {
      ready: Promise.resolve(),
      serving: [folder],
      liveOf: () => folder,
      refresh: async () => ({ ok: true }),
      async load() {
        loads += 1;
        if (isBusy) throw new CodedError('server_busy', 'There is no room.');
      },
    },
  } as unknown as FollowOptions);
  t.after(() => follower.close());
  await once(events, 'announced');
  assert.deepEqual([loads, follower.refused.map(({ why }) => why)], [1, ['There is no room.']]);
  isBusy = false;
  nowMs = 10_000;
  events.emit('news');
  await once(events, 'announced');
  assert.deepEqual([loads, follower.refused], [2, []]);
});
