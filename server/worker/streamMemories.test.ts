import assert from 'node:assert/strict';
import test from 'node:test';
import { createStreamMemories } from './streamMemories.ts';

test('each stream has its own memory, and the one that was longest without a frame is forgotten', () => {
  const memories = createStreamMemories(2);
  const first = memories.of('a');
  assert.notEqual(memories.of('b'), first);
  assert.equal(memories.of('a'), first);
  const third = memories.of('c');
  assert.equal(memories.of('a'), first, 'it had a frame after b');
  assert.equal(memories.of('c'), third);
  assert.equal(memories.of('a'), first);
});
