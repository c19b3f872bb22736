#!/usr/bin/env bash
# onnxruntime-node 1.30.0 (npm), on Linux with glibc
#
# Expected: after `session.release()` the process needs about as much memory as before the session was made: the API says
#   of it that the session and what it holds is released.
# Behaviour: a process that makes, runs and releases sessions of one model keeps several times the size of the model. It
#   looks like a leak. The cause is glibc's malloc, which raises the size from which blocks get pages of their own when
#   such a block is freed (mallopt(3), M_MMAP_THRESHOLD); later weights then share space with smaller blocks that stay.
#   With MALLOC_MMAP_THRESHOLD_=65536 in the environment the memory stays what it was after the first session.
# Consequence: a server that takes up new versions of its models grows until it has to be restarted, or a container's limit
#   ends it.
# In Livelens: server/worker/workerProcess.ts starts workers with this setting.
set -euo pipefail

if ! getconf GNU_LIBC_VERSION >/dev/null 2>&1; then
  echo 'Skipped: this is about Linux with glibc.'
  exit 0
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
printf '{"private":true}\n' >package.json
npm install --ignore-scripts --no-audit --no-fund onnxruntime-node@1.30.0 >/dev/null

cat >probe.mjs <<'PROBE'
import { execFileSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';

// Convolutions one after the other, 33 MB of weights, written by hand.
const CHANNELS = [3, 16, 32, 64, 128, 256, 512, 256, 512, 1024, 256, 512, 128, 256, 64];
const SIDE = 64;
const ROUNDS = 16;

const varint = (number) => (number < 128 ? [number] : [(number % 128) | 128, ...varint(Math.floor(number / 128))]);
const int = (field, number) => Buffer.from([...varint(field << 3), ...varint(number)]);
const bytes = (field, ...parts) => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([...varint((field << 3) | 2), ...varint(body.length)]), body]);
};
const FLOAT = 1;
const INTS = 7;
const port = (name, dims) => [
  bytes(1, name),
  bytes(2, bytes(1, int(1, FLOAT), bytes(2, ...dims.map((side) => bytes(1, int(1, side)))))),
];
const attribute = (name, ...values) => bytes(5, bytes(1, name), ...values.map((value) => int(8, value)), int(20, INTS));

function makeModel() {
  const layers = CHANNELS.slice(1).map((channels, at) => {
    const kernel = at % 2 === 0 ? 3 : 1;
    const dims = [channels, CHANNELS[at], kernel, kernel];
    const values = new Float32Array(dims.reduce((a, b) => a * b)).fill(1e-4);
    const around = Math.floor(kernel / 2);
    return {
      weights: bytes(5, ...dims.map((side) => int(1, side)), int(2, FLOAT), bytes(8, `w${at}`), bytes(9, Buffer.from(values.buffer))),
      node: bytes(1, bytes(1, `x${at}`), bytes(1, `w${at}`), bytes(2, `c${at}`), bytes(4, 'Conv'),
        attribute('kernel_shape', kernel, kernel), attribute('pads', around, around, around, around)),
      relu: bytes(1, bytes(1, `c${at}`), bytes(2, `x${at + 1}`), bytes(4, 'Relu')),
    };
  });
  const graph = [
    ...layers.flatMap(({ node, relu }) => [node, relu]),
    bytes(2, 'graph'),
    ...layers.map(({ weights }) => weights),
    bytes(11, ...port('x0', [1, CHANNELS[0], SIDE, SIDE])),
    bytes(12, ...port(`x${layers.length}`, [1, CHANNELS.at(-1), SIDE, SIDE])),
  ];
  return Buffer.concat([int(1, 8), bytes(7, ...graph), bytes(8, bytes(1, ''), int(2, 17))]);
}

async function grow() {
  const before = process.memoryUsage.rss();
  const after = [];
  for (let round = 0; round < ROUNDS; round++) {
    const session = await InferenceSession.create('model.onnx', { intraOpNumThreads: 1 });
    await session.run({ x0: new Tensor('float32', new Float32Array(3 * SIDE * SIDE), [1, 3, SIDE, SIDE]) });
    await session.release();
    after.push(process.memoryUsage.rss());
  }
  const settled = after.slice(ROUNDS / 2).sort((a, b) => a - b);
  console.log(Math.round((settled[settled.length >> 1] - before) / 1e6));
}

if (process.argv[2] === 'grow') await grow();
else {
  writeFileSync('model.onnx', makeModel());
  const grown = (env) =>
    Number(execFileSync(process.execPath, [fileURLToPath(import.meta.url), 'grow'], { env: { ...process.env, ...env } }));
  const { MALLOC_MMAP_THRESHOLD_: _, ...rest } = process.env;
  process.env = rest;
  const plain = grown({});
  const bounded = grown({ MALLOC_MMAP_THRESHOLD_: '65536' });
  const size = Math.round(statSync('model.onnx').size / 1e6);
  console.log(`after ${ROUNDS} sessions of a model of ${size} MB, all of them released:`);
  console.log(`${plain} MB more than before them; ${bounded} MB more with MALLOC_MMAP_THRESHOLD_=65536`);
  const isSame = plain > 60 && plain > 2 * bounded;
  console.log(isSame ? 'As described.' : 'CHANGED: expected more than 60 MB, and at least twice as much without the setting.');
  process.exitCode = isSame ? 0 : 1;
}
PROBE
node probe.mjs
