import assert from 'node:assert/strict';
import { test } from 'node:test';
import { givenModel, StandInSession } from '../library/deviceFixtures.ts';
import { knownProofsOf, rememberProof } from './knownProof.ts';

const { model } = givenModel('birds', '1');
const WASM = { provider: 'wasm', threads: 2 } as const;

/** A browser that keeps entries. */
function browser() {
  const kept = new Map<string, string>();
  const entries = {
    read: (name: string) => kept.get(name),
    write: (name: string, value = '') => void kept.set(name, value),
  };
  return { kept, here: { runtimeUrlOf: () => '/1/', userAgent: 'A', entries } };
}
const worker = (passes = true, pending = 0) => {
  const { certificate, provider } = new StandInSession(model, passes);
  return { certificate: { ...certificate, pending }, provider };
};

test('a proof holds for one version, its goldens, one runtime, its threads, and one browser', () => {
  const { kept, here } = browser();
  const known = knownProofsOf(model, here)(WASM);
  assert.equal(known.read(), undefined);
  rememberProof(known, worker());
  assert.deepEqual(known.read(), { certificate: worker().certificate, inferMs: 1 });
  assert.equal(knownProofsOf({ ...model, version: '2' }, here)(WASM).read(), undefined);
  assert.equal(knownProofsOf({ ...model, goldens: [] }, here)(WASM).read(), undefined);
  const graph = { sha256: '0'.repeat(64), bytes: 1 };
  assert.equal(knownProofsOf({ ...model, graph }, here)(WASM).read(), undefined, 'the graph in another form');
  for (const other of [{ runtimeUrlOf: () => '/2/' }, { userAgent: 'B' }]) {
    assert.equal(knownProofsOf(model, { ...here, ...other })(WASM).read(), undefined);
  }
  assert.equal(knownProofsOf(model, here)({ ...WASM, threads: 1 }).read(), undefined);
  assert.equal(knownProofsOf(model, here)({ ...WASM, provider: 'litert' }).read(), undefined);
  assert.equal(kept.size, 1, 'a new version takes the place of the one before');
});

test('what failed, and what has only begun, is not remembered, nor believed', () => {
  const { kept, here } = browser();
  const known = knownProofsOf(model, here)(WASM);
  rememberProof(known, worker(false));
  rememberProof(known, worker(true, 3));
  assert.equal(kept.size, 0);
  for (const { certificate } of [worker(false), worker(true, 3)]) {
    known.write({ certificate, inferMs: 1 });
    assert.equal(known.read(), undefined);
  }
});
