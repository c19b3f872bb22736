import assert from 'node:assert/strict';
import test from 'node:test';
import { selectionOf } from './selectionOf.ts';

test('another model, a second one or codes are another choice; one that the server makes is none', () => {
  const chosen = { modelId: 'objects', secondary: ['text'], codes: 'on' } as const;
  const others = [
    { ...chosen, modelId: 'added' },
    { ...chosen, secondary: [] },
    { ...chosen, codes: 'only' as const },
    { ...chosen, modelId: undefined },
  ];
  for (const other of others) assert.notEqual(selectionOf(other), selectionOf(chosen));
  assert.equal(selectionOf({ ...chosen }), selectionOf(chosen));
  const byServer = { ...chosen, modelId: undefined };
  assert.equal(selectionOf({ ...byServer, secondary: [] }), selectionOf(byServer));
});
