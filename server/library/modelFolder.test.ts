import assert from 'node:assert/strict';
import test from 'node:test';
import type { Step } from '../../protocol/steps.ts';
import type { Manifest } from '../../vision/manifest.ts';
import { readModelFolder, versionOf } from './modelFolder.ts';

const shipped = await readModelFolder('models/coco-ssd');

test('a manifest of before there were steps has the version that it had', () => {
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
