import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Agreement, Certificate } from '../device/deviceState.ts';
import { certificateInWords, percentHere, phaseInWords, phaseName, shareHere } from './deviceWords.ts';

const SAME: Agreement = { goldens: 4, sameTop: 4, largestDifference: 0.0002, problems: [] };
const CERTIFICATE: Certificate = {
  model: 'coco-ssd',
  version: 'a1b2c3',
  holds: true,
  deviceRuntime: 'onnxruntime-web 1.30.0, wasm',
  serverRuntime: 'onnxruntime-node 1.30.0',
  recordedBy: 'tfjs-wasm 4.22.0',
  withRecord: SAME,
  withServer: SAME,
  provenAtMs: 0,
};

test('the certificate in a line, against the limit', () => {
  assert.equal(
    certificateInWords(CERTIFICATE),
    'Same answers here: 4 of 4 pictures, largest difference 0.0002 (limit 0.02)',
  );
  const one = { ...SAME, goldens: 1, sameTop: 1, largestDifference: 3e-8 };
  assert.equal(
    certificateInWords({ ...CERTIFICATE, withRecord: one, withServer: undefined }),
    'Same answers here: 1 of 1 picture, largest difference 0.000001 (limit 0.02)',
  );
});

test('the certificate tells the worse of both comparisons', () => {
  const withServer = { ...SAME, sameTop: 3, largestDifference: 0.3114 };
  assert.equal(
    certificateInWords({ ...CERTIFICATE, holds: false, withServer }),
    'Other answers here: 3 of 4 pictures, largest difference 0.31 (limit 0.02)',
  );
  const withRecord = { ...SAME, sameTop: 0, largestDifference: Number.POSITIVE_INFINITY };
  assert.equal(
    certificateInWords({ ...CERTIFICATE, holds: false, withRecord }),
    'Other answers here: 0 of 4 pictures (limit 0.02)',
  );
});

test('without goldens there is nothing to compare', () => {
  const withRecord = { ...SAME, goldens: 0, sameTop: 0, largestDifference: 0 };
  assert.equal(
    certificateInWords({ ...CERTIFICATE, holds: false, withRecord, withServer: undefined }),
    'Nothing to prove it by',
  );
});

test('a download in words, also before its size is known', () => {
  const phase = { kind: 'downloading', receivedBytes: 11_720_000, totalBytes: 29_300_000 } as const;
  assert.equal(shareHere(phase), 0.4);
  assert.equal(percentHere(phase), '40 %');
  assert.equal(phaseName(phase), 'Downloading 40 %');
  assert.equal(phaseInWords(phase), '12 MB of 29 MB');
  assert.equal(percentHere({ ...phase, totalBytes: 0 }), '0 %');
  assert.equal(percentHere({ kind: 'ready' }), undefined);
  assert.equal(phaseInWords({ kind: 'waiting', why: 'Not charging.' }), 'Not charging.');
});
