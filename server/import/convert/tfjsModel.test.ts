import assert from 'node:assert/strict';
import test from 'node:test';
import '@tensorflow/tfjs-backend-cpu';
import { ImportError, type ImportErrorCode } from '../importError.ts';
import { batch } from '../onnx/dims.ts';
import { int, ints, text } from '../testing/opHarness.ts';
import { openTfjs, pictureOf } from './tfjsFiles.ts';
import { readTfjsModel } from './tfjsModel.ts';

type Json = Record<string, unknown>;
const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

interface GraphParts {
  /** Of `x`; -1 where any number goes. */
  readonly sides?: readonly number[];
  readonly weights?: readonly Json[];
  readonly signature?: Json;
}

/** A graph model: one placeholder `x` and what comes after it. */
function graphJson(
  nodes: readonly Json[],
  { sides = [-1, 4, 4, 3], weights = [], signature }: GraphParts = {},
): Json {
  const dim = sides.map((size) => ({ size: String(size) }));
  const placeholder = { op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim } } } };
  return {
    modelTopology: {
      node: [
        { name: 'x', ...placeholder },
        ...weights.map(({ name }) => ({ name, op: 'Const' })),
        ...nodes.map((node) => ({ attr: {}, ...node })),
      ],
    },
    weightsManifest: [{ paths: ['w.bin'], weights }],
    signature,
  };
}
const whole = (name: string, values: readonly number[]): Json => ({
  name,
  shape: [values.length],
  dtype: 'int32',
});

/** A layers model: a Sequential of the given layers on 4x4 pictures. */
function layersJson(layers: readonly Json[], weights: readonly Json[] = []): Json {
  const [first, ...others] = layers;
  const config = { ...(first?.config as Json), batch_input_shape: [null, 4, 4, 3] };
  return {
    modelTopology: {
      class_name: 'Sequential',
      config: { name: 'm', layers: [{ ...first, config }, ...others] },
    },
    weightsManifest: [{ paths: ['w.bin'], weights }],
  };
}
const layer = (className: string, config: Json = {}): Json => ({
  class_name: className,
  config: { name: className.toLowerCase(), ...config },
});

const convert = (json: unknown, shard: Uint8Array = floats()) => readTfjsModel(json, () => shard).convert();

function assertRefused(json: unknown, code: ImportErrorCode, reason: RegExp, shard?: Uint8Array): void {
  assert.throws(
    () => convert(json, shard),
    (error) => {
      assert.ok(error instanceof ImportError, String(error));
      assert.match(error.message, reason);
      assert.equal(error.code, code);
      return true;
    },
  );
}

test('a graph without a signature gives what nothing else reads', () => {
  const { outputs } = convert(
    graphJson([
      { name: 'a', op: 'Relu', input: ['x'] },
      { name: 'b', op: 'Neg', input: ['a:0'] },
      { name: 'c', op: 'Tanh', input: ['a'] },
      { name: 'n', op: 'NoOp' },
    ]),
  );
  assert.deepEqual(
    outputs.map(({ label }) => label),
    ['b', 'c'],
  );
});

test('the signature decides, and a tensor may be an output twice, or be the input', () => {
  const { graph, outputs } = convert(
    graphJson([{ name: 'a', op: 'Relu', input: ['x'] }], {
      signature: { outputs: { one: { name: 'a:0' }, two: { name: 'a' }, same: { name: 'x' } } },
    }),
  );
  assert.deepEqual(
    outputs.map(({ label, dims }) => [label, dims]),
    ['one', 'two', 'same'].map((label) => [label, [batch, 4, 4, 3]]),
  );
  assert.equal(new Set(graph.outputs.map(({ name }) => name)).size, 3);
  assert.ok(graph.outputs.every(({ name }) => graph.nodes.some((node) => node.outputs.includes(name))));
});

test('a graph whose shapes hold a batch of one is converted for one picture', () => {
  const json = graphJson([{ name: 'y', op: 'Reshape', input: ['x', 's'] }], {
    sides: [1, 4, 4, 3],
    weights: [whole('s', [1, 48])],
  });
  const { input, outputs, graph } = convert(json, new Uint8Array(Int32Array.of(1, 48).buffer));
  assert.deepEqual(input.dims, [1, 4, 4, 3]);
  assert.deepEqual(outputs[0]?.dims, [1, 48]);
  assert.deepEqual(graph.inputs[0]?.shape, [1, 4, 4, 3]);
});

test('open sides are filled in by the caller, and asked for where they are not', () => {
  const json = graphJson([{ name: 'y', op: 'Relu', input: ['x'] }], { sides: [-1, -1, -1, 3] });
  const { input } = readTfjsModel(json, () => floats(), { size: { height: 8, width: 6 } });
  assert.deepEqual(input.dims, [batch, 8, 6, 3]);
  assertRefused(
    json,
    'needs_options',
    /leaves the height of its input open.*--size WIDTHxHEIGHT.*on the page/,
  );
});

test('files are read from the folder of the model; sides and channels are known', () => {
  const json = layersJson([layer('Rescaling', { scale: 1 / 127.5, offset: -1 }), layer('Flatten')]);
  const files = new Map([
    ['a/b/model.json', Buffer.from(JSON.stringify(json))],
    ['a/b/w.bin', floats()],
    ['a/b/metadata.json', Buffer.from('{"by":"someone"}')],
  ]);
  const { metadata, model } = openTfjs(files, 'a/b/model.json');
  assert.equal(model.format, 'layers');
  assert.deepEqual(pictureOf(model), { heightPx: 4, widthPx: 4, channels: 3 });
  assert.deepEqual(metadata, { by: 'someone' });
  assert.deepEqual(model.convert().outputs[0]?.dims, [batch, 48]);
});

test('what is not a model is refused', () => {
  for (const json of [null, 3, [], {}, { modelTopology: 1 }, { modelTopology: [] }]) {
    assertRefused(json, 'malformed_source', /not a TensorFlow\.js model|neither a graph model/);
  }
  assertRefused(
    { modelTopology: { class_name: 'Tokenizer', config: {} }, weightsManifest: [] },
    'unsupported_op',
    /Tokenizer/,
  );
  assertRefused(
    { modelTopology: { class_name: 'Sequential', config: {} }, weightsManifest: [] },
    'malformed_source',
    /layers/,
  );
});

test('a class of layer that is not known is named, with the layer', () => {
  assertRefused(layersJson([layer('LSTM', { name: 'memory' })]), 'unsupported_op', /LSTM "memory"/);
});

test('settings that TensorFlow.js or any runtime would not follow are refused by layer', () => {
  const cases: readonly [Json, ImportErrorCode, RegExp][] = [
    [layer('Activation', { activation: 'constructor' }), 'unsupported_use', /"activation".*"constructor"/],
    [layer('Activation', { activation: 5 }), 'malformed_source', /"activation" should be text/],
    [layer('ReLU', { negative_slope: 0.1 }), 'unsupported_use', /relu.*negative_slope/],
    [layer('ELU', { alpha: 0.5 }), 'unsupported_use', /alpha/],
    [layer('BatchNormalization', { axis: 2 }), 'unsupported_use', /axis 2/],
    [layer('MaxPooling2D', { padding: 'causal' }), 'unsupported_use', /CAUSAL/],
    [layer('MaxPooling2D', { pool_size: [0, 2] }), 'malformed_source', /"pool_size"/],
    [
      layer('ZeroPadding2D', {
        padding: [
          [1, -1],
          [0, 0],
        ],
      }),
      'malformed_source',
      /"padding"/,
    ],
    [layer('Cropping2D', { cropping: 2 }), 'unsupported_use', /crops everything/],
    [layer('Reshape', { target_shape: [5, -1] }), 'unsupported_use', /do not divide|48/],
    [layer('Permute', { dims: [1, 1, 2] }), 'malformed_source', /"dims"/],
    [layer('Add'), 'malformed_source', /two inputs/],
    [layer('Dense', { units: 3 }), 'malformed_source', /Dense "dense".*no weights "kernel".*same export/],
    [layer('UpSampling2D', { interpolation: 'lanczos' }), 'unsupported_use', /lanczos/],
    [layer('UpSampling2D', { interpolation: '__proto__' }), 'unsupported_use', /__proto__/],
    [layer('Conv2DTranspose', { output_padding: [1, 1] }), 'unsupported_use', /output_padding/],
  ];
  for (const [one, code, reason] of cases) assertRefused(layersJson([one]), code, reason);
});

test('a pooling that keeps its axes, which newer files of Keras may ask for, keeps them', () => {
  const { outputs } = convert(layersJson([layer('GlobalAveragePooling2D', { keepdims: true })]));
  assert.deepEqual(outputs[0]?.dims, [batch, 1, 1, 3]);
});

const kernel = (name: string): Json => ({ name: `${name}/kernel`, shape: [3, 1], dtype: 'float32' });

test('two layers of one name cannot share its weights unseen', () => {
  const twice = layersJson(
    [layer('Dense', { name: 'same', use_bias: false }), layer('Dense', { name: 'same', use_bias: false })],
    [kernel('same')],
  );
  assertRefused(twice, 'malformed_source', /two layers .* "same"/, floats(1, 2, 3));
});

test('names of TensorFlow 2.2, with a cell before the last word, are understood', () => {
  const json = layersJson([layer('Dense', { name: 'd', use_bias: false })], [kernel('d/cell')]);
  assert.deepEqual(convert(json, floats(1, 2, 3)).outputs[0]?.dims, [batch, 4, 4, 1]);
});

test('weight files that are too short or too long are refused', () => {
  const json = layersJson([layer('Dense', { name: 'd', use_bias: false })], [kernel('d')]);
  assertRefused(json, 'malformed_source', /needs 12 bytes, the shards hold 8/, floats(1, 2));
  assertRefused(json, 'malformed_source', /hold 16 bytes, model\.json declares 12/, floats(1, 2, 3, 4));
});

test('a weight file is taken from the folder of the model only', () => {
  const paths = [
    '../w.bin',
    '/etc/passwd',
    'a/../../w',
    'https://example.com/w',
    'c:\\w',
    'a//w',
    '.',
    '',
    'w\0.bin',
  ];
  for (const path of paths) {
    const json = { ...layersJson([layer('Flatten')]), weightsManifest: [{ paths: [path], weights: [] }] };
    const opened: string[] = [];
    assert.throws(
      () =>
        readTfjsModel(json, (name) => {
          opened.push(name);
          return floats();
        }),
      (error) => error instanceof ImportError && /not a path inside the model's folder/.test(error.message),
      path,
    );
    assert.deepEqual(opened, []);
  }
});

test('absurd shapes end the import before anything of that size is made', () => {
  const huge = { name: 'd/kernel', shape: [2 ** 30, 2 ** 30], dtype: 'float32' };
  assertRefused(
    layersJson([layer('Flatten')], [huge]),
    'malformed_source',
    /needs 4611686018427388000 bytes/,
  );
  const deep = { name: 'd/kernel', shape: new Array(1000).fill(1), dtype: 'float32' };
  assertRefused(layersJson([layer('Flatten')], [deep]), 'malformed_source', /weightsManifest.*shape/);
  assertRefused(layersJson([layer('UpSampling2D', { size: 1e6 })]), 'unsupported_use', /elements at most/);
  assertRefused(
    layersJson([layer('ZeroPadding2D', { padding: 1e9 })]),
    'unsupported_use',
    /elements at most/,
  );
  const window = { attr: { padding: text('VALID'), ksize: ints(1, 9, 9, 1), strides: ints(1, 1, 1, 1) } };
  assertRefused(
    graphJson([{ name: 'y', op: 'MaxPool', input: ['x'], ...window }]),
    'unsupported_use',
    /must not be negative/,
  );
  assertRefused(
    graphJson([{ name: 'y', op: 'Relu', input: ['x'] }], { sides: [-1, 1e6, 1e6, 3] }),
    'unsupported_use',
    /elements at most/,
  );
  const split = { name: 'y', op: 'Split', input: ['axis', 'x'], attr: { num_split: int(2 ** 31) } };
  const axis = graphJson([split], { weights: [whole('axis', [3])] });
  assertRefused(axis, 'unsupported_use', /at most 1024/, new Uint8Array(4).fill(0).with(0, 3));
});

test('a graph with more nodes than any network is refused', () => {
  const nodes = Array.from({ length: 20_001 }, (_, i) => ({ name: `n${i}`, op: 'Relu', input: ['x'] }));
  assertRefused(graphJson(nodes), 'malformed_source', /node/);
});

test('a chain as long as a graph may be is converted', () => {
  const nodes = Array.from({ length: 15_000 }, (_, i) => ({
    name: `n${i}`,
    op: 'Relu',
    input: [i ? `n${i - 1}` : 'x'],
  }));
  assert.equal(convert(graphJson(nodes)).graph.nodes.length, 15_000);
});

test('graphs and models with cycles are refused', () => {
  const circle = [
    { name: 'a', op: 'Add', input: ['x', 'b'] },
    { name: 'b', op: 'Relu', input: ['a'] },
    { name: 'c', op: 'Relu', input: ['b'] },
  ];
  assertRefused(graphJson(circle), 'unsupported_use', /a cycle through "[ab]"/);
  const functional = {
    class_name: 'Functional',
    config: {
      layers: [
        { ...layer('InputLayer', { name: 'in', batch_input_shape: [null, 4, 4, 3] }), inbound_nodes: [] },
        {
          ...layer('Add', { name: 'a' }),
          inbound_nodes: [
            [
              ['in', 0, 0],
              ['b', 0, 0],
            ],
          ],
        },
        { ...layer('ReLU', { name: 'b' }), inbound_nodes: [[['a', 0, 0]]] },
      ],
      input_layers: [['in', 0, 0]],
      output_layers: [['b', 0, 0]],
    },
  };
  assertRefused(
    { modelTopology: functional, weightsManifest: [] },
    'unsupported_use',
    /a cycle through "[ab]\/0"/,
  );
});

test('a functional model that misses layers, calls or outputs is refused', () => {
  const model = (origin: unknown[]) => ({
    modelTopology: {
      class_name: 'Model',
      config: {
        layers: [
          { ...layer('InputLayer', { name: 'in', batch_input_shape: [null, 4, 4, 3] }), inbound_nodes: [] },
          { ...layer('ReLU', { name: 'b' }), inbound_nodes: [[origin]] },
        ],
        input_layers: [['in', 0, 0]],
        output_layers: [['b', 0, 0]],
      },
    },
    weightsManifest: [],
  });
  assertRefused(model(['nowhere', 0, 0]), 'malformed_source', /no layer "nowhere"/);
  assertRefused(model(['in', 1, 0]), 'malformed_source', /nothing feeds the layer "in"/);
  assertRefused(model(['in', 0, 1]), 'malformed_source', /no output 1/);
  assert.deepEqual(convert(model(['in', 0, 0, {}])).outputs[0]?.dims, [batch, 4, 4, 3]);
});

test('models nested a thousand deep are refused', () => {
  let nested = layer('ReLU', { batch_input_shape: [null, 4, 4, 3] });
  for (let depth = 0; depth < 1000; depth++) {
    nested = layer('Sequential', { name: `m${depth}`, layers: [nested], batch_input_shape: [null, 4, 4, 3] });
  }
  assertRefused(layersJson([nested]), 'unsupported_use', /nested more than 16 deep/);
});

test('nested models that call each other twice at each level are refused', () => {
  const input = {
    ...layer('InputLayer', { name: 'in', batch_input_shape: [null, 4, 4, 3] }),
    inbound_nodes: [],
  };
  const doubling = (inner: Json): Json =>
    layer('Functional', {
      name: 'inner',
      layers: [input, { ...inner, name: 'inner', inbound_nodes: [[['in', 0, 0]], [['inner', 1, 0]]] }],
      input_layers: [['in', 0, 0]],
      output_layers: [['inner', 2, 0]],
    });
  let model = doubling(
    layer('Functional', { layers: [input], input_layers: [['in', 0, 0]], output_layers: [['in', 0, 0]] }),
  );
  for (let depth = 0; depth < 13; depth++) model = doubling(model);
  assert.throws(
    () => convert({ modelTopology: model, weightsManifest: [] }),
    (error) => error instanceof ImportError && /more than \d+ times/.test(error.message),
  );
});
