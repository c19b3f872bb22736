import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImportReport } from '../../../protocol/models.ts';
import { DELIVERED } from '../../ui/words/words.ts';
import { verdictOf } from './verdict.ts';

const { words } = DELIVERED;

const CAT = { name: 'cat', labels: [{ label: 'cat', score: 0.9 }] };
const REPORT: ImportReport = {
  format: 'onnx',
  source: 'tiny.onnx',
  id: 'tiny',
  name: 'tiny',
  version: 'abc',
  task: 'image-classification',
  inputs: [],
  outputs: [],
  graphBytes: 1,
  parameters: 1,
  license: 'MIT',
  labelCount: 3,
  firstLabels: [],
  decisions: [],
  samples: [CAT],
  warnings: [],
  cost: { loadMs: 1, inferMs: 1, memoryBytes: 1 },
  goldens: { count: 1, recordedBy: 'onnxruntime-node 1.30.0', largestDifference: 0, sameTop: 1 },
};
const warning = (code: ImportReport['warnings'][number]['code']) => ({ code, message: 'Why.' });

test('a model that was compared with nothing but itself is not shown to agree with anything', () => {
  assert.deepEqual(verdictOf(words, REPORT), {
    isGood: true,
    text: 'It runs. See whether its answers are right:',
  });
  const goldens = { ...REPORT.goldens, recordedBy: 'torch 2.6.0' };
  assert.equal(
    verdictOf(words, { ...REPORT, goldens, evidence: { kind: 'goldens', right: 1, of: 1 } }).text,
    'It gives the same answers here as in torch 2.6.0.',
  );
});

test('what another runtime said of pictures as they are prepared here does not say that they are prepared well', () => {
  const goldens = { ...REPORT.goldens, recordedBy: 'LiteRT.js 2.5.3' };
  assert.equal(
    verdictOf(words, { ...REPORT, goldens, evidence: { kind: 'none' } }).text,
    'It runs. See whether its answers are right:',
  );
  const evidence = { kind: 'named pictures', right: 1, of: 4 } as const;
  assert.equal(verdictOf(words, { ...REPORT, goldens, evidence }).isGood, false);
});

test('what seems wrong comes before all else', () => {
  const verdict = (...codes: Parameters<typeof warning>[0][]) =>
    verdictOf(words, { ...REPORT, warnings: codes.map(warning) });
  assert.deepEqual(verdict('no_labels'), {
    isGood: false,
    text: 'It runs, but its answers have no names yet.',
  });
  assert.match(verdict('layout').text, /something seems wrong/);
  assert.match(verdict('layout', 'no_labels').text, /2 things seem wrong/);
});

test('a model that found nothing at all is not praised; an embedding has no names to find', () => {
  const samples = [{ name: 'cat', labels: [] }];
  assert.equal(verdictOf(words, { ...REPORT, samples }).isGood, false);
  assert.equal(verdictOf(words, { ...REPORT, samples, task: 'image-embedding' }).isGood, true);
});

test('pictures of known labels show how good its answers are', () => {
  const verdict = (right: number) =>
    verdictOf(words, { ...REPORT, evidence: { kind: 'named pictures', right, of: 12 } });
  assert.deepEqual(verdict(11), {
    isGood: true,
    text: 'It runs, and names 11 of 12 pictures with known labels correctly.',
  });
  assert.deepEqual(verdict(6), {
    isGood: false,
    text: 'It runs, but names only 6 of 12 pictures with known labels correctly.',
  });
});
