import assert from 'node:assert/strict';
import test from 'node:test';
import * as ort from 'onnxruntime-node';
import { ImportError } from '../../importError.ts';
import { serialiseOnnx } from '../../onnx/onnxModel.ts';
import { storeWholeWeights } from '../../onnx/wholeWeights.ts';
import { seeded } from '../../testing/opHarness.ts';
import { floatBytes, intBytes, makeTflite } from '../../testing/tfliteForTests.ts';
import { graphModel } from '../tfjsModel.ts';
import { readTflite } from './tfliteFile.ts';
import { lowerTflite } from './tfliteModel.ts';

const INT32 = 2;
const UINT8 = 3;
const INT8 = 9;
const convert = (file: Uint8Array) => graphModel(lowerTflite(readTflite(file)).graph, {}).convert();

async function run(file: Uint8Array, data: readonly number[], dims: readonly number[]): Promise<number[]> {
  const { graph, outputs } = convert(file);
  storeWholeWeights(graph);
  const session = await ort.InferenceSession.create(serialiseOnnx(graph, 'small'), { intraOpNumThreads: 1 });
  const found = await session.run({ input: new ort.Tensor('float32', Float32Array.from(data), dims) });
  const values = Array.from(found[outputs[0]?.name ?? '']?.data as Float32Array);
  await session.release();
  return values;
}
const near = (found: readonly number[], expected: readonly number[]): void => {
  assert.equal(found.length, expected.length);
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs((found[i] ?? Number.NaN) - value) < 1e-5, `${i}: ${found[i]}, not ${value}`);
  }
};

/** A picture of 4x4 with 1 channel; 3x3, stride 2, SAME: one pixel of padding, right and below. */
function convolution(activation: number): Uint8Array {
  return makeTflite(
    [
      { shape: [1, 4, 4, 1] },
      {
        shape: [2, 3, 3, 1],
        bytes: floatBytes([...new Array<number>(9).fill(1), 0, 0, 0, 0, 1, 0, 0, 0, 0]),
      },
      { shape: [2], bytes: floatBytes([0.5, -1]) },
      { shape: [1, 2, 2, 2] },
    ],
    [
      {
        op: 'CONV_2D',
        inputs: [0, 1, 2],
        outputs: [3],
        options: { 1: { int: 2 }, 2: { int: 2 }, 3: { byte: activation }, 4: { int: 1 }, 5: { int: 1 } },
      },
    ],
    [3],
  );
}
const picture = Array.from({ length: 16 }, (_, i) => i - 6);

test('SAME puts the odd pixel of padding right and below, and weights come by output channel', async () => {
  near(await run(convolution(0), picture, [1, 4, 4, 1]), [-8.5, -2, 3.5, 0, 30.5, 6, 26.5, 8]);
});

test('a fused ReLU6 cuts at both ends', async () => {
  near(await run(convolution(3), picture, [1, 4, 4, 1]), [0, 0, 3.5, 0, 6, 6, 6, 6]);
});

for (const [title, type, shift] of [
  ['uint8', UINT8, 0],
  ['int8', INT8, 128],
] as const) {
  test(`a convolution of ${title} gives what whole numbers give, to the step, and is cut by its range alone`, async () => {
    const random = seeded(11);
    const whole = (count: number) => Array.from({ length: count }, () => Math.floor(random() * 256));
    const [pixels, weights] = [whole(12), whole(6)];
    const bias = [900, -4000];
    const file = makeTflite(
      [
        { shape: [1, 2, 2, 3], type, scale: [0.5], zeroPoint: [100 - shift] },
        {
          shape: [2, 1, 1, 3],
          type,
          bytes: Uint8Array.from(weights, (value) => value - shift),
          scale: [0.25],
          zeroPoint: [120 - shift],
        },
        { shape: [2], type: 2, bytes: intBytes(bias), scale: [0.125] },
        { shape: [1, 2, 2, 2], type, scale: [20], zeroPoint: [30 - shift] },
      ],
      [{ op: 'CONV_2D', inputs: [0, 1, 2], outputs: [3], options: { 1: { int: 1 }, 2: { int: 1 } } }],
      [3],
    );
    const expected = [0, 1, 2, 3].flatMap((at) =>
      bias.map((start, channel) => {
        const sum = [0, 1, 2].reduce(
          (total, i) => total + ((pixels[at * 3 + i] ?? 0) - 100) * ((weights[channel * 3 + i] ?? 0) - 120),
          start,
        );
        return 20 * (Math.max(0, Math.min(255, Math.round((sum * 0.125) / 20) + 30)) - 30);
      }),
    );
    near(
      await run(
        file,
        pixels.map((pixel) => (pixel - 100) * 0.5),
        [1, 2, 2, 3],
      ),
      expected,
    );
    assert.ok(
      expected.some((value) => value === -600),
      'something is cut',
    );
    const { pixels: taken } = lowerTflite(readTflite(file));
    assert.deepEqual(taken, { scale: 0.5, zeroPoint: 100 });
  });
}

test('a bias at the end of 32 bits keeps its sign', async () => {
  const file = makeTflite(
    [
      { shape: [1, 1, 1, 1], type: UINT8, scale: [0.5], zeroPoint: [0] },
      { shape: [1, 1, 1, 1], type: UINT8, bytes: Uint8Array.of(1), scale: [2 ** -30], zeroPoint: [0] },
      { shape: [1], type: 2, bytes: intBytes([2 ** 31 - 1]), scale: [2 ** -31] },
      { shape: [1, 1, 1, 1], type: UINT8, scale: [0.5], zeroPoint: [100] },
    ],
    [{ op: 'CONV_2D', inputs: [0, 1, 2], outputs: [3], options: { 1: { int: 1 }, 2: { int: 1 } } }],
    [3],
  );
  near(await run(file, [0], [1, 1, 1, 1]), [1]);
});

test('sparse weights are spread over their whole shape', async () => {
  const file = makeTflite(
    [
      { shape: [1, 3] },
      {
        shape: [2, 3],
        bytes: floatBytes([5, 7, 11]),
        sparsity: {
          0: { ints: [0, 1] },
          2: {
            tables: [
              { 1: { int: 2 } },
              {
                0: { byte: 1 },
                2: { byte: 1 },
                3: { table: { 0: { ints: [0, 1, 3] } } },
                4: { byte: 1 },
                5: { table: { 0: { ints: [1, 0, 2] } } },
              },
            ],
          },
        },
      },
      { shape: [2, 3] },
      { shape: [1, 2] },
    ],
    [
      { op: 'DENSIFY', inputs: [1], outputs: [2] },
      { op: 'FULLY_CONNECTED', inputs: [0, 2, -1], outputs: [3] },
    ],
    [3],
  );
  near(await run(file, [1, 10, 100], [1, 3]), [50, 1107]);
});

test('squares of pixels become channels, row by row, and a hard swish is x * relu6(x + 3) / 6', async () => {
  const file = makeTflite(
    [{ shape: [1, 2, 4, 1] }, { shape: [1, 1, 2, 4] }, { shape: [1, 1, 2, 4] }],
    [
      { op: 'SPACE_TO_DEPTH', inputs: [0], outputs: [1], options: { 0: { int: 2 } } },
      { op: 'HARD_SWISH', inputs: [1], outputs: [2] },
    ],
    [2],
  );
  const order = [-4, -3, 0, 1, -2, -1, 2, 3];
  near(
    await run(file, [-4, -3, -2, -1, 0, 1, 2, 3], [1, 2, 4, 1]),
    order.map((x) => (x * Math.max(0, Math.min(6, x + 3))) / 6),
  );
});

test('a side of 1 is repeated', async () => {
  const file = makeTflite(
    [{ shape: [1, 1, 2] }, { shape: [3], type: 2, bytes: intBytes([1, 2, 2]) }, { shape: [1, 2, 2] }],
    [{ op: 'BROADCAST_TO', inputs: [0, 1], outputs: [2] }],
    [2],
  );
  near(await run(file, [3, 4], [1, 1, 2]), [3, 4, 3, 4]);
});

test('an operator that is not known is named, with its place', () => {
  for (const op of ['CUMSUM', 'TransformLandmarks', 'WHILE', 'UNIDIRECTIONAL_SEQUENCE_LSTM', 'RNN']) {
    const file = makeTflite([{ shape: [1, 3] }, { shape: [1, 3] }], [{ op, inputs: [0], outputs: [1] }], [1]);
    assert.throws(
      () => convert(file),
      (error) =>
        error instanceof ImportError &&
        error.code === 'unsupported_op' &&
        error.message.includes(`${op} "tensor:1"`),
    );
  }
});

test('weights of 4 bits lie two in a byte, and the last half may be unused', async () => {
  const file = makeTflite(
    [
      { shape: [1, 3] },
      { shape: [1, 3], type: 17, bytes: Uint8Array.of(0x81, 0x07), scale: [0.5] },
      { shape: [1, 1] },
    ],
    [{ op: 'FULLY_CONNECTED', inputs: [0, 1, -1], outputs: [2] }],
    [2],
  );
  // 1, -8 and 7.
  near(await run(file, [1, 10, 100], [1, 3]), [0.5 - 40 + 350]);
});

test('a filter of fewer channels than the input has is one of groups', async () => {
  const file = makeTflite(
    [
      { shape: [1, 1, 1, 4] },
      { shape: [2, 1, 1, 2], bytes: floatBytes([1, 10, 100, 1000]) },
      { shape: [1, 1, 1, 2] },
    ],
    [{ op: 'CONV_2D', inputs: [0, 1, -1], outputs: [2], options: { 1: { int: 1 }, 2: { int: 1 } } }],
    [2],
  );
  near(await run(file, [1, 2, 3, 4], [1, 1, 1, 4]), [21, 4300]);
});

test('all operators that are not known are named, each once', () => {
  const file = makeTflite(
    [{ shape: [1, 3] }, { shape: [1, 3] }, { shape: [1, 3] }, { shape: [1, 3] }],
    [
      { op: 'First', inputs: [0], outputs: [1] },
      { op: 'Second', inputs: [1], outputs: [2] },
      { op: 'First', inputs: [2], outputs: [3] },
    ],
    [3],
  );
  assert.throws(() => convert(file), {
    message: 'First "tensor:1", Second "tensor:2": these ops are not supported',
  });
});

test('a file that is cut or changed anywhere is converted or refused, and nothing else happens', () => {
  const file = convolution(3);
  const random = seeded(5);
  const cut = Array.from({ length: Math.floor(file.length / 8) }, (_, i) => file.slice(0, i * 8));
  const changed = Array.from({ length: 300 }, () => {
    const bytes = file.slice();
    for (let i = 0; i < 3; i++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    return bytes;
  });
  let refused = 0;
  for (const bytes of [...cut, ...changed]) {
    try {
      convert(bytes);
    } catch (error) {
      assert.ok(error instanceof ImportError, String((error as Error).stack));
      refused += 1;
    }
  }
  assert.ok(refused > cut.length / 2);
});

test('sparse weights of more levels than axes and blocks are refused', () => {
  const count = 50_000;
  const zeros = new Array<number>(count - 2).fill(0);
  const file = makeTflite(
    [
      { shape: [1, 1] },
      {
        shape: [count, 1],
        bytes: floatBytes([1]),
        sparsity: {
          0: { ints: Array.from({ length: count }, (_, level) => level) },
          1: { ints: zeros },
          2: { tables: Array.from({ length: count }, () => ({ 1: { int: 1 } })) },
        },
      },
      { shape: [count, 1] },
    ],
    [{ op: 'DENSIFY', inputs: [1], outputs: [2] }],
    [2],
  );
  assert.throws(
    () => convert(file),
    (error) => error instanceof ImportError && error.code === 'malformed_source',
  );
});

test('a name that would fill an error is refused', () => {
  const op = 'x'.repeat(100_000);
  const file = makeTflite([{ shape: [1] }, { shape: [1] }], [{ op, inputs: [0], outputs: [1] }], [1]);
  assert.throws(
    () => convert(file),
    (error) => error instanceof ImportError && error.message.length < 200,
  );
});

/** Adds two numbers that another input gives to each pair of a picture of 2x4. */
const withSecond = (name: string, type: number): Uint8Array =>
  makeTflite(
    [
      { name: 'serving_default_image:0', shape: [1, 2, 4, 1] },
      { name, shape: [1, 2], type },
      { shape: [3], type: INT32, bytes: intBytes([1, 4, 2]) },
      { shape: [1, 4, 2] },
      { shape: [1, 2] },
      { shape: [1, 4, 2] },
    ],
    [
      { op: 'RESHAPE', inputs: [0, 2], outputs: [3] },
      { op: 'CAST', inputs: [1], outputs: [4] },
      { op: 'ADD', inputs: [3, 4], outputs: [5] },
    ],
    [5],
    [0, 1],
  );

test('inputs that are the same for all pictures of a size are filled in, and others are named', async () => {
  const pixels = [0, 10, 20, 30, 40, 50, 60, 70];
  const added = (first: number, second: number) =>
    pixels.map((pixel, at) => pixel + (at % 2 === 0 ? first : second));
  const sizes = withSecond('serving_default_orig_target_sizes:0', INT32);
  near(await run(sizes, pixels, [1, 2, 4, 1]), added(4, 2));
  near(await run(withSecond('im_shape', 0), pixels, [1, 2, 4, 1]), added(2, 4));
  near(await run(withSecond('scale_factor', 0), pixels, [1, 2, 4, 1]), added(1, 1));
  assert.throws(
    () => convert(withSecond('serving_default_prompt:0', INT32)),
    (error) =>
      error instanceof ImportError &&
      error.code === 'unsupported_use' &&
      /2 inputs \("serving_default_image:0" float32 \[1, 2, 4, 1\], "serving_default_prompt:0" int32 \[1, 2\]\)/.test(
        error.message,
      ),
  );
});
