import assert from 'node:assert/strict';
import test from 'node:test';
import type { ModelList } from '../../protocol/models.ts';
import { openCommand } from '../testing/runCommand.ts';

test('several that add at once wait for each other, and say so', async (t) => {
  const { run, serve, leftovers } = await openCommand(t);
  const server = await serve();
  const ids = Array.from({ length: Number(process.env.ADDS ?? 4) }, (_, at) => `tiny-${at}`);
  const added = await Promise.all(ids.map((id) => run(`add tiny.onnx --id ${id} --yes`)));
  if (process.env.ADDS)
    for (const one of added) console.log(one.code, one.err.trim().split('\n').slice(-3).join(' | '));
  const list: ModelList = await (await fetch(`${server.url}/v1/models`)).json();
  if (process.env.ADDS)
    console.log(list.models.map(({ id, state, problem }) => `${id} ${state} ${problem}`).join('\n'));
  for (const [at, { code, err }] of added.entries()) {
    assert.equal(code, 0, err);
    assert.match(err, new RegExp(`${ids[at]}@[0-9a-f]{12} is live`));
  }
  assert.deepEqual(await leftovers(), []);
});
