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

test('the code that reads ONNX files is that of the schema beside it', async () => {
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
