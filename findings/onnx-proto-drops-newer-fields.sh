#!/usr/bin/env bash
# onnx-proto 8.0.1 (npm), shown with onnxruntime-node 1.30.0
#
# Expected: a model that is decoded and encoded again is the same model. Protocol Buffers keep the fields that a reader
#   does not know (https://protobuf.dev/programming-guides/proto3/#unknowns).
# Behaviour: fields newer than ONNX 1.10 are dropped without an error. Since IR version 9 a function can hold default
#   values of its attributes (FunctionProto.attribute_proto, field 11). Without them the model still runs and gives
#   other numbers.
# Consequence: a converter that edits a model by way of this package can change its answers without a message.
# In Livelens: the package is no longer used. ONNX's own schema is compiled with protobufjs (scripts/onnxProto.ts), which
#   keeps fields that it does not know when it is asked to (server/import/onnx/onnxBytes.ts), and an import is compared
#   with what the runtime answers for the file as it came (sourceSession.ts).
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf '{"private":true}\n' >package.json
npm install --ignore-scripts --no-audit --no-fund onnx-proto@8.0.1 onnxruntime-node@1.30.0 >/dev/null

cat >probe.mjs <<'EOF'
import onnxProto from 'onnx-proto';
import { InferenceSession, Tensor } from 'onnxruntime-node';

// A model by hand, as no reader at hand knows the field: y = Leak(x), a function around LeakyRelu whose attribute
// "slope" is 0.5 unless a node gives another value. LeakyRelu's own default is 0.01.
const varint = (number) => (number < 128 ? [number] : [(number & 127) | 128, ...varint(number >>> 7)]);
const int = (field, number) => [...varint(field << 3), ...varint(number)];
const bytes = (field, content) => {
  const body = typeof content === 'string' ? [...Buffer.from(content)] : content.flat();
  return [...varint((field << 3) | 2), ...varint(body.length), ...body];
};
const float = (field, number) => [...varint((field << 3) | 5), ...new Uint8Array(Float32Array.of(number).buffer)];

const FLOAT = 1;
const opset = (domain, version) => [bytes(1, domain), int(2, version)];
const port = (name) => [bytes(1, name), bytes(2, [bytes(1, [int(1, FLOAT), bytes(2, [bytes(1, [int(1, 1)])])])])];
const slopeOfFunction = [bytes(1, 'alpha'), int(20, FLOAT), bytes(21, 'slope')];
const leaky = [bytes(1, 'x'), bytes(2, 'y'), bytes(4, 'LeakyRelu'), bytes(5, slopeOfFunction)];
const slopeByDefault = [bytes(1, 'slope'), float(2, 0.5), int(20, FLOAT)];
const leak = [
  bytes(1, 'Leak'), bytes(4, 'x'), bytes(5, 'y'), bytes(7, leaky), bytes(9, opset('', 17)), bytes(10, 'example'),
  bytes(11, slopeByDefault),
];
const node = [bytes(1, 'a'), bytes(2, 'b'), bytes(4, 'Leak'), bytes(7, 'example')];
const graph = [bytes(1, node), bytes(2, 'graph'), bytes(11, port('a')), bytes(12, port('b'))];
const model = Uint8Array.from(
  [int(1, 9), bytes(7, graph), bytes(8, opset('', 17)), bytes(8, opset('example', 1)), bytes(25, leak)].flat(),
);

const { ModelProto } = onnxProto.onnx;
const again = ModelProto.encode(ModelProto.decode(model)).finish();

async function run(file) {
  const session = await InferenceSession.create(file);
  const { b } = await session.run({ a: new Tensor('float32', [-4], [1]) });
  return b.data[0].toFixed(2);
}

const before = await run(model);
const after = await run(again);
console.log(`as written: ${model.length} bytes, f(-4) = ${before}`);
console.log(`decoded and encoded again: ${again.length} bytes, f(-4) = ${after}`);
const isSame = before === '-2.00' && after === '-0.04';
console.log(isSame ? 'As described.' : 'CHANGED: expected -2.00 and -0.04.');
process.exitCode = isSame ? 0 : 1;
EOF
node probe.mjs
