import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreement, bytesInWords, countInWords, difference, inNumber, msInWords } from './values.ts';

test('sizes, times and counts are rounded to what a person needs', () => {
  assert.equal(bytesInWords(840), '840 B');
  assert.equal(bytesInWords(13_600_000), '14 MB');
  assert.equal(bytesInWords(4_712_000), '4.7 MB');
  assert.equal(msInWords(18.04), '18 ms');
  assert.equal(msInWords(3.96), '4 ms');
  assert.equal(countInWords(3_504_872), '3.5 M');
  assert.equal(inNumber(1, 'label'), '1 label');
  assert.equal(inNumber(1000, 'label'), '1,000 labels');
});

test('a difference is told as a bound that it keeps', () => {
  assert.equal(difference(1e-5), '1e-5');
  assert.equal(difference(1.01e-5), '2e-5');
  assert.equal(difference(9.6e-7), '1e-6');
  assert.equal(difference(0.0042), '0.005');
  assert.equal(difference(0), '0');
});

test('what goldens say', () => {
  assert.equal(agreement({ count: 0 }), 'No reference images to check against.');
  assert.equal(
    agreement({ count: 3, recordedBy: 'torch 2.6.0', largestDifference: 8.2e-6 }),
    'Agrees with torch 2.6.0 to 9e-6.',
  );
  assert.equal(
    agreement({ count: 4, recordedBy: 'onnxruntime-node 1.30.0', largestDifference: 0 }),
    'No reference from where it was trained; checked for consistency only.',
  );
  assert.equal(
    agreement({ count: 2, recordedBy: 'torch 2.6.0' }),
    '2 reference images of torch 2.6.0, not run yet.',
  );
});
