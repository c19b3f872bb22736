import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { openProviderRecords } from './providerRecords.ts';

const REFUSED = { kind: 'refused', why: 'It hung.' } as const;
const RACED = { kind: 'raced', times: { providerMs: 1, narrowMs: 3, wideMs: 2 } } as const;

test('trials are kept for the next start, those of another server of the same user too', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'livelens-records-'));
  t.after(() => rm(folder, { recursive: true }));
  const one = await openProviderRecords(folder, SILENT_LOG);
  const other = await openProviderRecords(folder, SILENT_LOG);
  await one.set('a', REFUSED);
  await other.set('b', RACED);
  await one.set('a', RACED);
  const next = await openProviderRecords(folder, SILENT_LOG);
  assert.deepEqual([next.get('a'), next.get('b'), next.get('c')], [RACED, RACED, undefined]);
  await writeFile(path.join(folder, 'provider-trials.json'), '[["a", {"kind": "other"}]]');
  assert.equal((await openProviderRecords(folder, SILENT_LOG)).get('a'), undefined);
});

test('where nothing can be written, they last as long as the process', async () => {
  for (const folder of [undefined, path.join(tmpdir(), 'livelens-no-such-folder', 'below')]) {
    const records = await openProviderRecords(folder, SILENT_LOG);
    await records.set('a', REFUSED);
    assert.deepEqual(records.get('a'), REFUSED);
  }
});
