import assert from 'node:assert/strict';
import test from 'node:test';
import type { Step } from '../../protocol/steps.ts';
import type { Manifest } from '../../vision/manifest.ts';
import { readModelFolder, versionOf } from './modelFolder.ts';

const shipped = await readModelFolder('models/coco-ssd');

test('a manifest from before steps existed keeps its version', () => {
  assert.equal(shipped.version, '9a796ba3ad86');
});

test('other steps are another version, and the same ones are the same, no matter who wrote them', () => {
  const { manifest, labels } = shipped;
  const { name, width, height } = manifest.input;
  const version = (...steps: Step[]) => {
    const changed: Manifest = { ...manifest, input: { name, width, height, steps } };
    return versionOf(changed, labels);
  };
  const squashed = version({ op: 'resize', width, height, resample: 'bicubic' });
  assert.equal(version({ resample: 'bicubic', height, width, op: 'resize' }), squashed);
  assert.notEqual(version({ op: 'resize', width, height, resample: 'lanczos' }), squashed);
  assert.notEqual(squashed, shipped.version);
});

test('one graph is the same version in both schemas, and each of several counts', () => {
  const { manifest, labels } = shipped;
  assert(manifest.schema === 1);
  const { graph, schema: _, ...rest } = manifest;
  const version = (graphs: Record<string, { file: string; sha256: string }>) =>
    versionOf({ ...rest, schema: 2, graphs }, labels);
  assert.equal(version({ main: graph }), shipped.version);
  const other = { ...graph, sha256: '1'.repeat(64) };
  const both = version({ finder: graph, reader: other });
  assert.equal(version({ reader: other, finder: graph }), both);
  assert.notEqual(version({ reader: graph, finder: other }), both);
  assert.notEqual(version({ finder: graph, reader: graph }), both);
});
