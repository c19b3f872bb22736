import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Agreement, Certificate } from '../../device/runtime/certificate.ts';
import { DELIVERED } from '../../ui/words/words.ts';
import {
  agreementHere,
  certificateText,
  percentHere,
  phaseName,
  phaseText,
  raceText,
  shareHere,
} from './deviceText.ts';

const { words } = DELIVERED;
const SAME: Agreement = { goldens: 4, sameTop: 4, largestDifference: 0.0002, problems: [] };
const CERTIFICATE: Certificate = {
  model: 'coco-ssd',
  version: 'a1b2c3',
  passes: true,
  pending: 0,
  deviceRuntime: 'onnxruntime-web 1.30.0, wasm',
  serverRuntime: 'onnxruntime-node 1.30.0',
  recordedBy: 'tfjs-wasm 4.22.0',
  withRecord: SAME,
  withServer: SAME,
  provenAtMs: 0,
};

test('the certificate in a sentence', () => {
  assert.equal(
    certificateText(words, CERTIFICATE),
    'Same answers on this device as on the server, in 4 pictures',
  );
  const one = { ...SAME, goldens: 1, sameTop: 1, largestDifference: 3e-8 };
  assert.equal(
    certificateText(words, { ...CERTIFICATE, withRecord: one, withServer: undefined }),
    'Same answers on this device as recorded, in 1 picture',
    'the server sent none of its own',
  );
});

test('a certificate that is not whole says that it is still being checked', () => {
  assert.equal(
    certificateText(words, {
      ...CERTIFICATE,
      pending: 3,
      withRecord: { ...CERTIFICATE.withRecord, goldens: 1 },
    }),
    'Still being checked: same answers on this device in 1 of 4 pictures so far',
  );
});

test('the certificate tells the worse of both comparisons', () => {
  const withServer = { ...SAME, sameTop: 3, largestDifference: 0.3114 };
  assert.equal(
    certificateText(words, { ...CERTIFICATE, passes: false, withServer }),
    'Different answers on this device in 1 of 4 pictures',
  );
  const withRecord = { ...SAME, sameTop: 0, largestDifference: Number.POSITIVE_INFINITY };
  assert.equal(
    certificateText(words, { ...CERTIFICATE, passes: false, withRecord }),
    'Different answers on this device in 4 of 4 pictures',
  );
});

test('the same best labels with other scores are described as such', () => {
  const withServer = { ...SAME, largestDifference: 0.0471 };
  assert.equal(
    certificateText(words, { ...CERTIFICATE, passes: false, withServer }),
    'Scores on this device differ by more than allowed',
  );
});

test('what agrees, and by how much, stands behind the sentence', () => {
  assert.equal(agreementHere(words, SAME), `4 of 4 pictures, largest difference ${SAME.largestDifference}`);
  assert.equal(
    agreementHere(words, { ...SAME, goldens: 1, sameTop: 1, largestDifference: 3e-8 }),
    '1 of 1 picture, largest difference 0.000001',
  );
  const nowhereNear = { ...SAME, sameTop: 0, largestDifference: Number.POSITIVE_INFINITY };
  assert.equal(agreementHere(words, nowhereNear), '0 of 4 pictures');
});

test('without goldens there is nothing to compare', () => {
  const withRecord = { ...SAME, goldens: 0, sameTop: 0, largestDifference: 0 };
  assert.equal(
    certificateText(words, { ...CERTIFICATE, passes: false, withRecord, withServer: undefined }),
    'No reference images to check against',
  );
});

test('a download in words, also before its size is known', () => {
  const phase = { kind: 'downloading', receivedBytes: 11_720_000, totalBytes: 29_300_000 } as const;
  assert.equal(shareHere(phase), 0.4);
  assert.equal(percentHere(words, phase), '40%');
  assert.equal(phaseName(words, phase), 'Downloading 40%');
  assert.deepEqual(phaseText(words, phase), { text: '11.7 MB of 29.3 MB' });
  assert.equal(percentHere(words, { ...phase, totalBytes: 0 }), '0%');
  assert.equal(percentHere(words, { kind: 'ready' }), undefined);
  assert.deepEqual(phaseText(words, { kind: 'waiting', why: 'charging' }), {
    text: 'Waits until the device is charging.',
  });
});

test('what was measured in the race, the fastest first', () => {
  const race = [
    { provider: 'wasm', threads: 2, medianMs: 41.6 },
    { provider: 'litert', threads: 1, medianMs: 44 },
    { provider: 'litert', threads: 2, medianMs: 25.2 },
  ] as const;
  assert.equal(
    raceText(words, race),
    'LiteRT.js, 2 threads: 25 ms; onnxruntime-web, 2 threads: 42 ms; LiteRT.js, one thread: 44 ms',
  );
});
