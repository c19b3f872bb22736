import assert from 'node:assert/strict';
import test from 'node:test';
import { decided, importBytes } from '../testing/importForTests.ts';
import { bytesOf, floatWeights, intWeights, meanModel, node, tensorPort } from '../testing/meanModel.ts';

/** Takes pictures of 40x40 pixels and of no other size, and says nothing of it. */
const secretive = (shape: (number | string)[]) =>
  bytesOf(
    meanModel({
      shape,
      nodes: [node('Reshape', ['x', 'rows'], ['flat']), node('MatMul', ['flat', 'matrix'], ['logits'])],
      weights: [
        intWeights('rows', [1, 4_800]),
        floatWeights('matrix', [4_800, 3], new Array(14_400).fill(0.5)),
      ],
      outputs: [tensorPort('logits', 1, ['N', 3])],
    }),
  );

test('where the size is open and the guess fails, the error names what to give', async (t) => {
  await assert.rejects(importBytes(t, secretive(['N', 3, '', ''])), {
    code: 'needs_options',
    message:
      /fails on a picture of 224x224 pixels.*224x224 is a guess. Give the size .* --size WIDTHxHEIGHT, or Width and Height on the page\.$/,
  });
  const { report } = await importBytes(t, secretive(['N', 3, '', '']), { width: 40, height: 40 });
  assert.equal(decided(report, 'width'), '40, given');
  assert.deepEqual(report.inputs[0]?.shape, ['N', 3, '?', '?']);
});

test('the advice is about what was a guess', async (t) => {
  await assert.rejects(importBytes(t, secretive(['N', '', '', ''])), {
    code: 'needs_options',
    message: /--size WIDTHxHEIGHT.*--layout NCHW .* or NHWC/,
  });
  await assert.rejects(
    importBytes(t, secretive(['N', 3, '', '']), { width: 32, height: 32 }),
    ({ message, code }: Error & { code: string }) => {
      assert.equal(code, 'unrunnable');
      // And no places in the runtime's sources.
      assert.doesNotMatch(message, /--size|onnxruntime_src|\.cc:/);
      return true;
    },
  );
});

test('a size that nothing tells, and that works, says how to set it', async (t) => {
  const model = meanModel({ shape: ['N', 3, '', ''], nodes: [], outputs: [tensorPort('mean', 1, ['N', 3])] });
  const { report } = await importBytes(t, bytesOf(model), { task: 'image-classification' });
  const width = report.decisions.find(({ field }) => field === 'width');
  assert.match(width?.why ?? '', /--size WIDTHxHEIGHT/);
});
