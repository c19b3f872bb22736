import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELIVERED } from '../../ui/words/words.ts';
import { agreementText } from './agreement.ts';

const agreement = (goldens: Parameters<typeof agreementText>[1]) => agreementText(DELIVERED.words, goldens);

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
