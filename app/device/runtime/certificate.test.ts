import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceModel } from '../../../vision/deviceModel.ts';
import type { DetectionGolden } from '../../../vision/tasks/objectDetection.ts';
import type { ModelAnswer } from '../../../vision/tasks/taskOf.ts';
import { certify } from './certificate.ts';

const CAT = { label: 'cat', score: 0.93, box: [0.1, 0.1, 0.8, 0.8] as [number, number, number, number] };
const DOG = { ...CAT, label: 'dog', score: 0.905 };

const golden = (recordedBy: string, ...detections: DetectionGolden['detections']): DetectionGolden => ({
  recordedBy,
  minScore: 0.3,
  detections,
});
const answer = (...detections: DetectionGolden['detections']): ModelAnswer => ({
  task: 'object-detection',
  detections,
});

const file = { sha256: '0'.repeat(64), bytes: 1 };
const modelWith = (goldens: DeviceModel['goldens']): DeviceModel => ({
  version: 'v1',
  labels: ['cat', 'dog'],
  graph: file,
  goldens,
  manifest: {
    schema: 1,
    id: 'pets',
    name: 'Pets',
    description: '',
    task: 'object-detection',
    graph: { file: 'model.onnx', sha256: file.sha256 },
    input: { name: 'image', width: 10, height: 10, fit: 'stretch' },
    minScore: { floor: 0.1, default: 0.5 },
    goldens: goldens.map((_, place) => ({
      image: `goldens/${place}.png`,
      expected: `goldens/${place}.json`,
    })),
    license: { spdx: 'MIT' },
    provenance: { source: 'a test' },
  },
});
const HERE = { deviceRuntime: 'onnxruntime-web 1.30.0, wasm', provenAtMs: 1 };

test('it passes where this browser gives what was recorded and what the server gives', () => {
  const goldens = [
    { image: file, expected: golden('tfjs 4', CAT), server: golden('onnxruntime-node 1.30.0', CAT) },
    { image: file, expected: golden('tfjs 4') },
  ];
  const near = { ...CAT, score: 0.925 };
  const certificate = certify(modelWith(goldens), [answer(near), answer()], HERE);
  assert.equal(certificate.passes, true);
  assert.equal(certificate.recordedBy, 'tfjs 4');
  assert.equal(certificate.serverRuntime, 'onnxruntime-node 1.30.0');
  assert.deepEqual([certificate.withRecord.goldens, certificate.withRecord.sameTop], [2, 2]);
  assert.equal(certificate.withServer?.goldens, 1, 'only those whose answer the server sent');
  assert.ok(Math.abs(certificate.withRecord.largestDifference - 0.005) < 1e-9);
});

test('it does not hold where this browser differs from the server alone, and says where', () => {
  const goldens = [
    {
      image: file,
      expected: golden('tfjs 4', CAT),
      server: golden('onnxruntime-node 1.30.0', { ...CAT, score: 0.8 }),
    },
  ];
  const certificate = certify(modelWith(goldens), [answer(CAT)], HERE);
  assert.equal(certificate.passes, false);
  assert.deepEqual(certificate.withRecord.problems, []);
  assert.match(certificate.withServer?.problems.join() ?? '', /^goldens\/0\.png: no "cat" of score 0\.80/);
});

test('it does not hold where a lesser label is the best, though all scores are near enough', () => {
  const goldens = [{ image: file, expected: golden('tfjs 4', CAT, DOG) }];
  const found = answer({ ...CAT, score: 0.915 }, { ...DOG, score: 0.92 });
  const certificate = certify(modelWith(goldens), [found], HERE);
  assert.equal(certificate.passes, false);
  assert.equal(certificate.withRecord.sameTop, 0);
  assert.match(certificate.withRecord.problems.join(), /another label is the best/);
});

test('goldens that have yet to run are pending: what has run may agree, and no more is claimed', () => {
  const goldens = [CAT, DOG].map((one) => ({ image: file, expected: golden('tfjs 4', one) }));
  const begun = certify(modelWith(goldens), [answer(CAT)], HERE);
  assert.deepEqual([begun.passes, begun.pending, begun.withRecord.goldens], [true, 1, 1]);
  const whole = certify(modelWith(goldens), [answer(CAT), answer(DOG)], HERE);
  assert.deepEqual([whole.passes, whole.pending, whole.withRecord.goldens], [true, 0, 2]);
});

test('it passes where two labels with nearly equal recorded scores swap ranks', () => {
  const goldens = [{ image: file, expected: golden('tfjs 4', CAT, { ...DOG, score: 0.925 }) }];
  const found = answer({ ...CAT, score: 0.92 }, { ...DOG, score: 0.925 });
  assert.equal(certify(modelWith(goldens), [found], HERE).passes, true);
});

test('a model without goldens cannot be proven, and says so', () => {
  const certificate = certify(modelWith([]), [], HERE);
  assert.equal(certificate.passes, false);
  assert.match(certificate.withRecord.problems.join(), /no goldens/);
  assert.equal(certificate.recordedBy, undefined);
  assert.equal(certificate.serverRuntime, undefined);
});
