import assert from 'node:assert/strict';
import test from 'node:test';
import { readModelFolder } from '../library/modelFolder.ts';
import { byAge } from './foundModels.ts';

test('the default is a model that ships, then the oldest that was added; what must be taught first is last', async () => {
  const [detector, things] = await Promise.all(
    ['coco-ssd', 'things'].map((id) => readModelFolder(`models/${id}`)),
  );
  assert.ok(detector && things);
  const added = (id: string, since: string) => {
    const { manifest } = detector;
    return { ...detector, manifest: { ...manifest, id, provenance: { ...manifest.provenance, since } } };
  };
  const models = [things, added('a', '2026-02-02T00:00:00Z'), added('b', '2026-01-01T00:00:00Z'), detector];
  assert.deepEqual(
    models.sort(byAge).map(({ manifest }) => manifest.id),
    ['coco-ssd', 'b', 'a', 'things'],
  );
});
