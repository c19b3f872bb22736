import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { graphsOf } from '../../../vision/manifest.ts';
import { ImportError, type ImportErrorCode } from '../importError.ts';
import type { ModelProto } from '../onnx/onnxFile.ts';
import { onnx } from '../onnx/onnxProto/onnx.js';
import { temporaryFolder, tinyClassifier } from '../testing/modelsForTests.ts';
import { importModel } from './importModel.ts';
import { runImport } from './process.ts';

const WEIGHTS = 'weights';

/** The tiny classifier, changed. */
function changed(change: (model: onnx.ModelProto) => void): Uint8Array {
  const model = onnx.ModelProto.decode(tinyClassifier());
  change(model);
  return onnx.ModelProto.encode(model).finish();
}
const weights = (model: ModelProto) => {
  const tensor = model.graph?.initializer?.find(({ name }) => name === WEIGHTS);
  assert.ok(tensor);
  return tensor;
};
const external = (location: string, more: Record<string, string> = {}) =>
  changed((model) => {
    const tensor = weights(model);
    tensor.rawData = new Uint8Array(0);
    tensor.dataLocation = onnx.TensorProto.DataLocation.EXTERNAL;
    tensor.externalData = Object.entries({ location, ...more }).map(([key, value]) => ({ key, value }));
  });
const renamedOp = (opType: string, domain: string) =>
  changed((model) => {
    const node = model.graph?.node?.find((one) => one.opType === 'Relu');
    assert.ok(node);
    Object.assign(node, { opType, domain, name: 'the culprit' });
  });
const withInputs = (inputs: readonly { name: string; dims: number[]; elemType?: number }[]) =>
  changed((model) => {
    assert.ok(model.graph);
    model.graph.input = inputs.map(({ name, dims, elemType = 1 }) => ({
      name,
      type: { tensorType: { elemType, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
    }));
  });

/** A link to a file takes rights there that few have. */
const HAS_LINKS = process.platform !== 'win32';

const cases: readonly [what: string, bytes: () => Uint8Array, code: ImportErrorCode, says: RegExp][] = [
  ['an empty file', () => new Uint8Array(0), 'malformed_source', /empty/],
  [
    'a picture',
    () => Buffer.from('\x89PNG\r\n\x1a\n no model'),
    'malformed_source',
    /not a complete ONNX file/,
  ],
  ['a web page', () => Buffer.from('<!DOCTYPE html><title>404</title>'), 'malformed_source', /web page/],
  [
    'a Git LFS pointer',
    () => Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:1\n'),
    'malformed_source',
    /Git LFS pointer/,
  ],
  [
    'an OpenVINO model',
    () => Buffer.from('<?xml version="1.0"?>\n<net name="a">'),
    'malformed_source',
    /OpenVINO/,
  ],
  [
    'a model in the ORT format',
    () => Buffer.from('\x1c\0\0\0ORTM\0\0', 'latin1'),
    'malformed_source',
    /ORT format. Give the .onnx file/,
  ],
  [
    'a gzip archive',
    () => Buffer.from('\x1f\x8b\x08\0', 'latin1'),
    'malformed_source',
    /gzip archive. Unpack/,
  ],
  ['half a file', () => tinyClassifier().slice(0, 700), 'malformed_source', /ends too early/],
  [
    'all but the last byte',
    () => tinyClassifier().slice(0, -1),
    'malformed_source',
    /not a complete ONNX file/,
  ],
  [
    'messages nested too deep',
    () => {
      // A graph attribute in a node in a graph, and so on: fields 1, 5 and 6, each as long as what it holds.
      let bytes = Buffer.alloc(0);
      for (let depth = 0; depth < 4_000; depth++) {
        for (const field of [6, 5, 1]) bytes = Buffer.concat([onnxField(field, bytes.length), bytes]);
      }
      return Buffer.concat([onnxField(7, bytes.length), bytes]);
    },
    'malformed_source',
    /nested too deep/,
  ],
  [
    'a tensor that claims 2 GB',
    () =>
      changed((model) => {
        weights(model).dims = [1024, 1024, 512];
      }),
    'too_large',
    /claims 2\.1 GB/,
  ],
  [
    'sides whose product overflows',
    () =>
      changed((model) => {
        weights(model).dims = [2 ** 40, 2 ** 40, 2 ** 40];
      }),
    'too_large',
    /claims/,
  ],
  [
    'a negative side',
    () =>
      changed((model) => {
        weights(model).dims = [-8, -3, 3, 3];
      }),
    'malformed_source',
    /a side of -8/,
  ],
  [
    'fewer bytes than the shape needs',
    () =>
      changed((model) => {
        weights(model).rawData = new Uint8Array(8);
      }),
    'malformed_source',
    /should hold 864 bytes, the file has 8/,
  ],
  ['weights above the folder', () => external('../secret'), 'malformed_source', /outside of its folder/],
  ['weights at an absolute path', () => external('/etc/passwd'), 'malformed_source', /not a path next to it/],
  ['weights at a path of Windows', () => external('C:\\secret'), 'malformed_source', /not a path next to it/],
  ['weights behind a link', () => external('link'), 'malformed_source', /leads out of its folder/],
  ['weights that are a folder', () => external('folder'), 'malformed_source', /is not a file/],
  ['weights that did not come', () => external('model.data'), 'malformed_source', /that file is missing/],
  [
    'weights beyond the end of their file',
    () => external('short.data', { offset: '10' }),
    'malformed_source',
    /bytes 10 to 874 of "short.data" expected, the file has 864/,
  ],
  [
    'a huge text',
    () =>
      changed((model) => {
        model.graph?.node?.[0]?.attribute?.push({
          name: 'note',
          type: onnx.AttributeProto.AttributeType.STRING,
          s: Buffer.alloc(2_000_000),
        } as never);
      }),
    'too_large',
    /attribute "note"/,
  ],
  [
    'an op of a domain of its own',
    () => renamedOp('Magic', 'com.example'),
    'unsupported_op',
    /com\.example\.Magic "the culprit".*domain "com\.example"/,
  ],
  [
    'an op that ONNX does not have',
    () => renamedOp('Magic', ''),
    'unsupported_op',
    /Magic "the culprit" of domain "ai\.onnx"/,
  ],
  [
    'an op that the runtime writes for one machine',
    () => renamedOp('Conv', 'com.microsoft.nchwc'),
    'unsupported_op',
    /for one kind of machine. Give the model that it was made from/,
  ],
  [
    'a newer version of the file format',
    () => withVersion(99, 13),
    'unrunnable',
    /^The file is written in version 99 of the ONNX format \(its IR version\), and the runtime here reads up to \d+/,
  ],
  [
    'a newer opset',
    () => withVersion(8, 99),
    'unrunnable',
    /^The model uses opset 99 of ai.onnx, and the runtime here knows up to \d+. Export it again with opset \d+ or older/,
  ],
  ['no input', () => withInputs([]), 'unsupported_model', /one input.*This one has no input/],
  [
    'two pictures',
    () =>
      withInputs([
        { name: 'left', dims: [1, 3, 32, 32] },
        { name: 'right', dims: [1, 3, 32, 32] },
      ]),
    'unsupported_model',
    /2 inputs: "left" float32 \[1, 3, 32, 32\], "right"/,
  ],
  [
    'text',
    () => withInputs([{ name: 'input_ids', dims: [1, 128], elemType: 7 }]),
    'unsupported_model',
    /"input_ids" int64 \[1, 128\]/,
  ],
  [
    'pictures of 17 channels',
    () => withInputs([{ name: 'cube', dims: [1, 17, 32, 32] }]),
    'unsupported_model',
    /"cube" float32 \[1, 17, 32, 32\]/,
  ],
];

const withVersion = (irVersion: number, opset: number) =>
  changed((model) => {
    model.irVersion = irVersion;
    const [first] = model.opsetImport;
    assert.ok(first);
    first.version = opset;
  });

/** Tag and length of a field that holds a message. */
function onnxField(field: number, length: number): Buffer {
  const bytes = [(field << 3) | 2];
  let rest = length;
  do {
    bytes.push((rest & 127) | (rest > 127 ? 128 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return Buffer.from(bytes);
}

/** Some hundred bytes that ask for 8 GB, as a person's picture comes in. */
function memoryBomb(): Uint8Array {
  return changed(({ graph }) => {
    const pool = graph?.node?.find(({ opType }) => opType === 'GlobalAveragePool');
    assert.ok(graph?.node && graph.initializer && pool);
    const node = (opType: string, input: string[], output: string) => ({ opType, input, output: [output] });
    graph.initializer.push({
      name: 'many',
      dataType: onnx.TensorProto.DataType.INT64,
      dims: [4],
      rawData: new Uint8Array(BigInt64Array.of(2000n, 8n, 360n, 360n).buffer),
    } as never);
    const at = graph.node.indexOf(pool);
    graph.node.splice(
      at,
      0,
      node('GlobalAveragePool', ['relu'], 'small') as never,
      node('Expand', ['small', 'many'], 'large') as never,
    );
    pool.input = ['large'];
  });
}

for (const [what, bytes, code, says] of cases) {
  if (what === 'weights behind a link' && !HAS_LINKS) continue;
  test(`refused, with a reason: ${what}`, async (t) => {
    const outer = await temporaryFolder(t);
    const dir = path.join(outer, 'model');
    await mkdir(path.join(dir, 'folder'), { recursive: true });
    await writeFile(path.join(outer, 'secret'), new Uint8Array(864));
    await writeFile(path.join(dir, 'short.data'), new Uint8Array(864));
    if (HAS_LINKS) await symlink(path.join(outer, 'secret'), path.join(dir, 'link'));
    await writeFile(path.join(dir, 'model.onnx'), bytes());
    await assert.rejects(
      importModel({ description: 'a test', dir }, {}, { stagingDir: path.join(outer, 'staging') }),
      (error) => {
        assert.ok(error instanceof ImportError, String(error));
        assert.deepEqual([error.code, says.test(error.message)], [code, true], error.message);
        return true;
      },
    );
  });
}

test('weights in a file next to the model come into it', async (t) => {
  const dir = await temporaryFolder(t);
  const { rawData } = weights(onnx.ModelProto.decode(tinyClassifier()));
  assert.ok(rawData);
  await mkdir(path.join(dir, 'onnx'));
  await writeFile(
    path.join(dir, 'onnx', 'model.onnx'),
    external('model.data', { offset: '16', length: '864' }),
  );
  await writeFile(path.join(dir, 'onnx', 'model.data'), Buffer.concat([Buffer.alloc(16, 1), rawData]));
  const whole = path.join(dir, 'whole.onnx');
  await writeFile(whole, tinyClassifier());
  const bring = (entry: string) =>
    importModel(
      { description: 'a test', dir, entry },
      {},
      { stagingDir: path.join(dir, `${path.basename(entry)} staged`) },
    );
  const [split, together] = [await bring('onnx/model.onnx'), await bring('whole.onnx')];
  assert.deepEqual(graphsOf(split.manifest), graphsOf(together.manifest));
});

test('a process that takes too much memory, or too long, or is no longer wanted, is ended', async (t) => {
  const dir = await temporaryFolder(t);
  await writeFile(path.join(dir, 'model.onnx'), tinyClassifier());
  const source = { description: 'a test', dir };
  const stagingDir = path.join(dir, 'staging');
  const died = (says: RegExp) => (error: unknown) =>
    error instanceof ImportError && error.code === 'importer_died' && says.test(error.message);
  await assert.rejects(
    runImport(source, {}, { stagingDir, maxMemoryBytes: 1e6 }),
    died(/more than the 1 MB of memory/),
  );
  await writeFile(path.join(dir, 'bomb.onnx'), memoryBomb());
  await assert.rejects(
    runImport({ ...source, entry: 'bomb.onnx' }, {}, { stagingDir, maxMemoryBytes: 8e8 }),
    died(/more than the 800 MB of memory/),
  );
  await assert.rejects(
    runImport(source, {}, { stagingDir, timeoutMs: 1 }),
    died(/could not be inspected within/),
  );
  const controller = new AbortController();
  await assert.rejects(
    runImport(
      source,
      {},
      {
        stagingDir,
        signal: controller.signal,
        onProgress: () => controller.abort(new Error('enough of it')),
      },
    ),
    /enough of it/,
  );
});
