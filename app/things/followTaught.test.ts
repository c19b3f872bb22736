import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INITIAL_STATE } from '../lens/lensState.ts';
import { followTaught } from './followTaught.ts';

function whenTaught(taught: string, used: string | undefined): string[] {
  const did: string[] = [];
  const lens = {
    store: { getState: () => ({ ...INITIAL_STATE, modelId: used }) },
    chooseMode: ({ kind, modelId }: { kind: string; modelId: string | undefined }) => {
      did.push(`${kind} ${modelId}`);
    },
    noteTaught: (modelId: string) => {
      did.push(`taught ${modelId}`);
    },
  };
  followTaught(lens, taught);
  return did;
}

test('the lens goes along with taught things while it is used for them, and stays where a person went since', () => {
  assert.deepEqual(whenTaught('things:mugs', 'things:mugs'), ['taught things:mugs']);
  assert.deepEqual(whenTaught('things:pens', 'things:mugs'), ['things things:pens']);
  assert.deepEqual(whenTaught('things:@pens', 'things:mugs'), ['things things:@pens']);
  assert.deepEqual(whenTaught('things:mugs', 'coco-ssd'), ['taught things:mugs']);
  assert.deepEqual(whenTaught('things:mugs', undefined), ['taught things:mugs']);
  assert.deepEqual(whenTaught('things:@mugs', 'things:@mugs'), []);
});
