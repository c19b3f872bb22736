import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import protobuf from 'protobufjs';
import { graphsOf } from '../../../vision/manifest.ts';
import { importBytes } from '../testing/importForTests.ts';
import { bytesOf, meanModel, node, tensorPort } from '../testing/meanModel.ts';
import { decodeModel, encodeModel } from './onnxBytes.ts';
import { onnx } from './onnxProto/onnx.js';

test('the shipped graph is the same to the byte when it is written again', async () => {
  const bytes = await readFile(new URL('../../../models/coco-ssd/model.onnx', import.meta.url));
  assert.ok(bytes.equals(encodeModel(decodeModel(bytes))));
});

test('a field with its default value stays written down, as onnxruntime tells it from none', () => {
  const model = meanModel({ nodes: [], outputs: [tensorPort('mean')] });
  const attribute = decodeModel(bytesOf(model)).graph?.node?.[0]?.attribute?.[1];
  assert.ok(attribute);
  assert.deepEqual(
    [attribute.name, Number(attribute.i), Object.hasOwn(attribute, 'i')],
    ['keepdims', 0, true],
  );
});

/** A field that no ONNX has. */
const FUTURE = protobuf.Writer.create()
  .uint32((900 << 3) | 2)
  .string('of the future')
  .finish();

test('fields of an ONNX to come survive an import, wherever they stand', async (t) => {
  const model = meanModel({
    nodes: [node('Softmax', ['mean'], ['y'])],
    outputs: [tensorPort('y', 1, ['N', 3])],
  });
  const { graph } = model;
  const [first, last] = graph?.node ?? [];
  assert.ok(graph && first?.attribute?.[0] && last);
  const places = [model, graph, first, first.attribute[0], last];
  for (const place of places) place.$unknowns = [FUTURE];
  const bytes = bytesOf(model);
  const { stagingDir, manifest } = await importBytes(t, bytes);
  const deployed = await readFile(`${stagingDir}/${graphsOf(manifest).main?.file}`);
  const count = (of: Uint8Array) => Buffer.from(of).toString('latin1').split('of the future').length - 1;
  assert.deepEqual([count(bytes), count(deployed)], [places.length, places.length]);
});

test('each message keeps all its fields, and one that no ONNX has, when it is read and written', async () => {
  const { root } = protobuf.parse(
    await readFile(new URL('./onnxProto/onnx.proto3', import.meta.url), 'utf8'),
  );
  const seen = new Set<string>();
  let messages = 0;
  /** A message with a value in each field, down to messages that stand within one of their own type. */
  const full = (type: protobuf.Type, within: readonly protobuf.Type[]): Record<string, unknown> => {
    const message: Record<string, unknown> = { $unknowns: [FUTURE] };
    messages += 1;
    seen.add(type.fullName);
    const oneOfs = new Set<string>();
    for (const field of type.fieldsArray) {
      field.resolve();
      const group = field.partOf?.name;
      // Of a choice only one may be set.
      if (group !== undefined && !group.startsWith('_') && oneOfs.has(group)) continue;
      const inner = field.resolvedType;
      if (inner instanceof protobuf.Type && [...within, type].includes(inner)) continue;
      if (group !== undefined) oneOfs.add(group);
      const value =
        inner instanceof protobuf.Type
          ? full(inner, [...within, type])
          : inner instanceof protobuf.Enum
            ? 1
            : field.type === 'string'
              ? field.name
              : field.type === 'bytes'
                ? Uint8Array.of(1, 2, 3)
                : 1;
      message[field.name] = field.repeated ? [value, value] : value;
    }
    return message;
  };
  const count = (of: Uint8Array) => Buffer.from(of).toString('latin1').split('of the future').length - 1;
  const model = full(root.lookupType('onnx.ModelProto'), []);
  const bytes = onnx.ModelProto.encode(model as onnx.IModelProto).finish();
  const again = encodeModel(decodeModel(bytes));
  assert.ok(Buffer.from(bytes).equals(again), 'the same bytes');
  assert.ok(count(again) >= messages, `${count(again)} of ${messages} messages or more`);
  const names = [
    'NodeProto',
    'AttributeProto',
    'FunctionProto',
    'TensorProto',
    'ValueInfoProto',
    'GraphProto',
  ];
  for (const name of [...names, 'NodeDeviceConfigurationProto', 'DeviceConfigurationProto', 'TypeProto']) {
    assert.ok(seen.has(`.onnx.${name}`), name);
  }
  // What is thrown away unless it is asked for: the reader's default.
  const careless = onnx.ModelProto.encode(onnx.ModelProto.decode(bytes)).finish();
  assert.ok(count(careless) < count(again));
});

test('what ONNX 1.13 to 1.20 added to nodes, functions, values and tensors is in the deployed graph', async (t) => {
  const note = (value: string) => [{ key: 'note', value }];
  const model = meanModel({
    irVersion: 11,
    domains: { custom: 1 },
    functions: [
      {
        name: 'Gain',
        domain: 'custom',
        overload: 'o',
        input: ['a'],
        output: ['b'],
        opsetImport: [{ domain: '', version: 13 }],
        attributeProto: [{ name: 'gain', type: onnx.AttributeProto.AttributeType.FLOAT, f: 2 }],
        node: [
          node(
            'Constant',
            [],
            ['k'],
            [{ name: 'value_float', type: onnx.AttributeProto.AttributeType.FLOAT, refAttrName: 'gain' }],
          ),
          node('Mul', ['a', 'k'], ['b']),
        ],
        valueInfo: [tensorPort('k')],
        metadataProps: note('function'),
      },
    ],
    nodes: [
      { ...node('Gain', ['mean'], ['g'], [], 'custom'), overload: 'o', metadataProps: note('node') },
      node('Softmax', ['g'], ['y']),
    ],
    outputs: [{ ...tensorPort('y', 1, ['N', 3]) }],
  });
  const { graph } = model;
  assert.ok(graph?.input?.[0]);
  graph.metadataProps = note('graph');
  graph.valueInfo = [{ ...tensorPort('mean', 1, ['N', 3]), metadataProps: note('value') }];
  const { stagingDir, manifest } = await importBytes(t, bytesOf(model));
  const deployed = decodeModel(await readFile(`${stagingDir}/${graphsOf(manifest).main?.file}`));
  const gain = deployed.graph?.node?.find(({ opType }) => opType === 'Gain');
  assert.deepEqual([gain?.overload, gain?.metadataProps?.[0]?.value], ['o', 'node']);
  const [own] = deployed.functions ?? [];
  assert.deepEqual(
    [own?.overload, own?.attributeProto?.[0]?.f, own?.valueInfo?.[0]?.name, own?.metadataProps?.[0]?.value],
    ['o', 2, 'k', 'function'],
  );
  assert.equal(deployed.graph?.metadataProps?.[0]?.value, 'graph');
  const value = deployed.graph?.valueInfo?.find(({ metadataProps }) => metadataProps?.length);
  assert.equal(value?.metadataProps?.[0]?.value, 'value');
});

test('the code that reads ONNX files is that of the schema next to it', async () => {
  const proto3 = await readFile(new URL('./onnxProto/onnx.proto3', import.meta.url), 'utf8');
  const { root } = protobuf.parse(proto3);
  let fields = 0;
  const compare = (type: protobuf.Type, code: Readonly<Record<string, unknown>>) => {
    const made = code[type.name] as (new () => object) & Record<string, unknown>;
    assert.ok(typeof made === 'function', type.fullName);
    const message = new made();
    for (const { name } of type.fieldsArray) {
      assert.ok(name in message, `${type.fullName}.${name}`);
      fields += 1;
    }
    for (const inner of type.nestedArray) {
      if (inner instanceof protobuf.Type) compare(inner, made);
      if (!(inner instanceof protobuf.Enum)) continue;
      const numbers = made[inner.name] as Record<string, number>;
      for (const [key, number] of Object.entries(inner.values)) assert.equal(numbers[key], number, key);
    }
  };
  const namespace = root.lookup('onnx');
  assert.ok(namespace instanceof protobuf.Namespace);
  for (const type of namespace.nestedArray) {
    if (type instanceof protobuf.Type) compare(type, onnx);
  }
  assert.ok(fields > 100, `${fields} fields`);
});
