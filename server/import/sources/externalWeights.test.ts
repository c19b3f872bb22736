import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import protobuf from 'protobufjs/minimal.js';
import type { TensorProto } from '../onnx/onnxFile.ts';
import { onnx } from '../onnx/onnxProto/onnx.js';
import { bytesOf, meanModel, node } from '../testing/meanModel.ts';
import { temporaryFolder } from '../testing/modelsForTests.ts';
import { externalWeights } from './externalWeights.ts';

const { AttributeType } = onnx.AttributeProto;
const at = (location: string): TensorProto => ({
  name: 't',
  dataType: 1,
  dims: [1],
  dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
  externalData: [
    { key: 'offset', value: '0' },
    { key: 'location', value: location },
    { key: 'length', value: '4' },
  ],
});

/** Tensors at every place of a model that can hold one, next to some that lie inside. */
function everywhere() {
  const constant = (tensor: TensorProto) => node('Constant', [], ['c'], [{ name: 'value', t: tensor }]);
  const model = meanModel({
    weights: [
      at('initialiser'),
      { name: 'inside', dataType: 1, dims: [50_000], rawData: new Uint8Array(200_000) },
    ],
    nodes: [
      constant(at('constant')),
      node(
        'If',
        ['x'],
        ['y'],
        [
          { name: 'then_branch', g: { node: [constant(at('branch'))], initializer: [at('in branch')] } },
          { name: 'branches', graphs: [{ initializer: [at('in list')] }] },
          { name: 'tensors', tensors: [at('list')] },
          { name: 'sparse', type: AttributeType.SPARSE_TENSOR, sparseTensor: { values: at('sparse') } },
          { name: 'sparses', sparseTensors: [{ indices: at('sparses') }] },
        ],
      ),
    ],
    outputs: [],
    functions: [
      { name: 'f', node: [constant(at('function'))], attributeProto: [{ name: 'a', t: at('default') }] },
    ],
  });
  assert.ok(model.graph);
  model.graph.sparseInitializer = [{ values: at('sparse initialiser'), indices: at('indices') }];
  return model;
}
const EVERYWHERE = [
  'branch',
  'constant',
  'default',
  'function',
  'in branch',
  'in list',
  'indices',
  'initialiser',
  'list',
  'sparse',
  'sparse initialiser',
  'sparses',
];

async function scan(t: Parameters<typeof temporaryFolder>[0], bytes: Uint8Array) {
  const file = path.join(await temporaryFolder(t), 'a.onnx');
  await writeFile(file, bytes);
  return externalWeights(file);
}

test('names of files with weights are found wherever a model holds tensors', async (t) => {
  assert.deepEqual((await scan(t, bytesOf(everywhere()))).sort(), EVERYWHERE);
});

test('a file that ends too early, and what is no ONNX file, name what they can', async (t) => {
  const bytes = bytesOf(everywhere());
  for (const end of [0, 1, 100, 1_000, bytes.length - 1]) {
    const found = await scan(t, bytes.subarray(0, end));
    assert.ok(
      found.every((name) => EVERYWHERE.includes(name)),
      `${end} bytes: ${found}`,
    );
  }
  assert.deepEqual(await scan(t, Buffer.from('\x89PNG\r\n')), []);
});

test('messages within messages without end, and endless numbers, are left alone', async (t) => {
  // Fields 1, 5 and 6: a node of a graph, its attribute, a graph in it; each as long as what it holds.
  const wrap = (field: number, content: Uint8Array) => {
    const header = protobuf.Writer.create()
      .uint32((field << 3) | 2)
      .uint32(content.length)
      .finish();
    return Buffer.concat([header, content]);
  };
  const nested = (depth: number) => {
    let graph: Uint8Array = onnx.GraphProto.encode({ initializer: [at('at the bottom')] }).finish();
    for (let i = 0; i < depth; i++) for (const field of [6, 5, 1]) graph = wrap(field, graph);
    return wrap(7, graph);
  };
  assert.deepEqual(await scan(t, nested(10)), ['at the bottom']);
  assert.deepEqual(await scan(t, nested(3_000)), []);
  assert.deepEqual(await scan(t, new Uint8Array(100).fill(0xff)), []);
});
