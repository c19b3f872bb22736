import assert from 'node:assert/strict';
import { test } from 'node:test';
import { learnHead } from '../../vision/things/head.ts';
import type { BackendMode } from '../recognizers/backend.ts';
import type { LensContext } from './lensContext.ts';
import type { LensScreen } from './lensScreen.ts';
import { ModelSelectionCommands } from './modelSelectionCommands.ts';
import type { ModelWatch } from './modelWatch.ts';

/** The commands in a browser that stores nothing, and what they do to the rest of the lens. */
function setUp() {
  const did: string[] = [];
  const report = { mode: 'auto' as BackendMode };
  const state = { modelId: undefined as string | undefined, secondary: [], minScore: undefined, codes: 'on' };
  let learned = Promise.resolve();
  const context = {
    store: {
      getState: () => state,
      dispatch(event: { type: string; modelId?: string }) {
        if (event.type === 'chosen') state.modelId = event.modelId;
        if (event.type === 'notice') did.push('notice');
      },
    },
    recognizer: {
      report,
      setMode(mode: BackendMode) {
        report.mode = mode;
      },
      configure: ({ model }: { model?: string }) => did.push(`configure ${model}`),
    },
    device: { setChosen() {}, persist: async () => {} },
    local: { release() {} },
    heads: { changed: () => learned },
    meter: { reset() {} },
  };
  const screen = { live: undefined, picture: { ask: () => did.push('ask') } };
  const commands = new ModelSelectionCommands(
    context as unknown as LensContext,
    screen as unknown as LensScreen,
    {} as ModelWatch,
  );
  return {
    commands,
    did,
    report,
    modelId: () => state.modelId,
    learn(until: Promise<void>) {
      learned = until;
    },
  };
}

test('who chose this device keeps it with another model, also where the browser stores nothing', () => {
  const { commands, report } = setUp();
  commands.setBackendMode('device');
  commands.choose('birds', []);
  assert.equal(report.mode, 'device');
});

test('things that only this browser has stay on this device, whatever is chosen, which is in effect for all else', () => {
  const { commands, report, did } = setUp();
  commands.choose('things:@mugs', []);
  assert.equal(report.mode, 'device');
  commands.setBackendMode('server');
  assert.equal(report.mode, 'device');
  assert.ok(did.includes('notice'));
  commands.choose('birds', []);
  assert.equal(report.mode, 'server');
});

test('a picture is asked again once what was taught is known on this device', async () => {
  const { commands, did, learn } = setUp();
  commands.choose('things:mugs', []);
  did.length = 0;
  let resolve = () => {};
  const known = new Promise<void>((done) => {
    resolve = done;
  });
  learn(known);
  commands.noteTaught('things:mugs');
  await Promise.resolve();
  assert.deepEqual(did, ['configure things:mugs']);
  resolve();
  await known;
  await Promise.resolve();
  assert.deepEqual(did, ['configure things:mugs', 'ask']);
  commands.noteTaught('things:@pens', learnHead([]));
  await Promise.resolve();
  assert.equal(did.length, 2, 'another collection is in use');
});

test('the lens goes along with taught things while it is used for them, and stays where a person went since', () => {
  const after = (taught: string, used: string | undefined) => {
    const { commands, did, modelId } = setUp();
    commands.choose(used, []);
    did.length = 0;
    commands.noteTaught(taught);
    return { did, used: modelId() };
  };
  assert.deepEqual(after('things:mugs', 'things:mugs').did, ['configure things:mugs']);
  for (const other of ['things:pens', 'things:@pens']) assert.equal(after(other, 'things:mugs').used, other);
  assert.deepEqual(after('things:mugs', 'coco-ssd'), { did: [], used: 'coco-ssd' });
  assert.deepEqual(after('things:mugs', undefined), { did: [], used: undefined });
  // What this browser alone has brings its names by itself.
  assert.deepEqual(after('things:@mugs', 'things:@mugs').did, []);
});
