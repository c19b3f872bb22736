import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { httpServer } from '../../testing/httpServer.ts';
import { huggingFace } from '../../testing/huggingFace.ts';
import { makeZip } from '../../testing/makeZip.ts';
import { onnx } from '../onnx/onnxProto/onnx.js';
import { bytesOf, floatWeights, meanModel } from '../testing/meanModel.ts';
import { parseHuggingFace } from './huggingFace.ts';
import { receiveSource, type SourceOptions } from './receive.ts';

async function folders(t: TestContext) {
  const root = await mkdtemp(path.join(tmpdir(), 'livelens-source-'));
  t.after(() => rm(root, { recursive: true }));
  const given = path.join(root, 'given');
  const dir = path.join(root, 'received');
  await mkdir(given);
  await mkdir(dir);
  const options: SourceOptions = {
    dir,
    maxBytes: 1e6,
    allowFiles: true,
    allowPrivate: true,
    hub: { endpoint: 'http://127.0.0.1:9' },
  };
  const write = async (name: string, content: string | Uint8Array = name) => {
    await mkdir(path.dirname(path.join(given, name)), { recursive: true });
    await writeFile(path.join(given, name), content);
    return path.join(given, name);
  };
  const received = async () =>
    (await readdir(dir, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
      .sort();
  return { root, given, dir, options, write, received };
}

const MODEL_JSON = JSON.stringify({
  format: 'layers-model',
  weightsManifest: [{ paths: ['weights.bin', 'more/w 2.bin'] }],
});

/** An ONNX file that keeps weights in these files. */
function onnxWith(...locations: string[]): Uint8Array {
  const weights = locations.map((value, i) => {
    const { rawData: _, ...tensor } = floatWeights(`w${i}`, [1], [0]);
    const dataLocation = onnx.TensorProto.DataLocation.EXTERNAL;
    return { ...tensor, dataLocation, externalData: [{ key: 'location', value }] };
  });
  return bytesOf(meanModel({ nodes: [], outputs: [], weights }));
}

test('a file comes with its weights, its labels and its goldens, and nothing else', async (t) => {
  const { options, write, received } = await folders(t);
  const graph = onnxWith('My model.onnx.data', 'any name', './more/w.1');
  const file = await write('My model.onnx', graph);
  for (const name of [
    'My model.onnx.data',
    'any name',
    'more/w.1',
    'more/w.2',
    'My model.data',
    'My model.txt',
    'preprocessor_config.json',
    'open_clip_config.json',
    'infer_cfg.yml',
    'goldens/a.png',
    'goldens/a.json',
    'goldens/notes.doc',
    'other.onnx',
    'holiday.jpg',
  ]) {
    await write(name);
  }
  const source = await receiveSource(file, options);
  assert.equal(source.entry, 'My model.onnx');
  assert.equal(source.hints?.name, undefined);
  const sha256 = createHash('sha256').update(graph).digest('base64');
  assert.equal(source.hints?.integrity, `sha256-${sha256}`);
  assert.deepEqual(await received(), [
    'My model.onnx',
    'My model.onnx.data',
    'My model.txt',
    'any name',
    'goldens/a.json',
    'goldens/a.png',
    'infer_cfg.yml',
    'more/w.1',
    'open_clip_config.json',
    'preprocessor_config.json',
  ]);
});

test('a folder, a zip of it and its model.json give the same model', async (t) => {
  const files = { 'model.json': MODEL_JSON, 'weights.bin': 'w', 'more/w 2.bin': 'v', 'metadata.json': '{}' };
  for (const kind of ['folder', 'zip', 'model.json']) {
    const { given, root, options, write, received } = await folders(t);
    for (const [name, content] of Object.entries(files)) await write(name, content);
    const zip = path.join(root, 'tm-my-image-model.zip');
    await writeFile(zip, makeZip(Object.entries(files).map(([name, content]) => ({ name, content }))));
    const what = kind === 'folder' ? given : kind === 'zip' ? zip : path.join(given, 'model.json');
    const source = await receiveSource(what, options);
    assert.equal(source.entry, 'model.json');
    assert.equal(source.hints?.name, kind === 'zip' ? 'tm-my-image-model' : 'given');
    assert.deepEqual(await received(), Object.keys(files).sort());
  }
});

const isWindows = process.platform === 'win32';
test('a link that leads out of a folder is not followed', { skip: isWindows }, async (t) => {
  const { given, root, options, write } = await folders(t);
  await write('model.onnx');
  await writeFile(path.join(root, 'private'), 'secret');
  await symlink(path.join(root, 'private'), path.join(given, 'labels.txt'));
  await assert.rejects(receiveSource(given, options), /leads out of the folder/);
});

const notModels: [title: string, name: string, content: string | Uint8Array, says: RegExp][] = [
  ['nothing', 'a.onnx', '', /is empty/],
  ['a web page', 'a.onnx', '<!DOCTYPE html><html>', /web page.*Raw/],
  ['a pointer of Git LFS', 'a.onnx', 'version https://git-lfs.github.com/spec/v1\noid', /git lfs pull/],
  ['a PyTorch file', 'a.pt', makeZip([{ name: 'archive/data.pkl', content: 'x' }]), /models\/export/],
  ['a pickle', 'a.pkl', new Uint8Array([0x80, 2, 0x8a]), /models\/export/],
  ['a Keras file', 'a.h5', Buffer.from('\x89HDF\r\n', 'latin1'), /tensorflowjs_converter/],
  ['a model in the ORT format', 'a.ort', '\x1c\0\0\0ORTM', /ORT format.*Give the .onnx file/],
  ['a 7z archive', 'a.onnx', Buffer.from('7z\xbc\xaf\x27\x1c', 'latin1'), /7z archive.*Unpack it/],
  ['a tarball', 'a.tgz', Buffer.from('\x1f\x8b\x08', 'latin1'), /Unpack it/],
  [
    'a zip without a model',
    'a.zip',
    makeZip([{ name: 'a.txt', content: 'x' }]),
    /Its files: a.txt. Expected: an ONNX file/,
  ],
  [
    'a zip with two models',
    'a.zip',
    makeZip([
      { name: 'a.onnx', content: 'x' },
      { name: 'b.onnx', content: 'x' },
    ]),
    /a.onnx, b.onnx/,
  ],
  ['more than is taken', 'a.onnx', new Uint8Array(2e6), /MAX_MODEL_BYTES/],
];
for (const [title, name, content, says] of notModels) {
  test(`${title} is refused with what to do instead`, async (t) => {
    const { options, write } = await folders(t);
    await assert.rejects(receiveSource(await write(name, content), options), says);
  });
}

test('weights that a model names outside its folder are not read', async (t) => {
  const { options, write } = await folders(t);
  for (const name of ['../secret', '/etc/passwd', 'C:\\secret', 'con', 'a/../../secret']) {
    await assert.rejects(receiveSource(await write('a.onnx', onnxWith(name)), options), {
      code: 'malformed_source',
      message: /^The model keeps weights in ".*", which is not a valid path of a file next to it/,
    });
  }
  const json = JSON.stringify({ weightsManifest: [{ paths: ['../../secret'] }] });
  await assert.rejects(receiveSource(await write('model.json', json), options), { code: 'malformed_source' });
});

test('an address gives a model, a zip, or a model.json with its weights', async (t) => {
  const files: Record<string, string | Buffer> = {
    '/a/net.onnx': 'graph',
    '/b/net.onnx': Buffer.from(onnxWith('w 1', 'sub/w.bin')),
    '/b/w%201': 'w',
    '/b/sub/w.bin': 'w',
    '/b/zip': makeZip([
      { name: 'in/net.onnx', content: onnxWith('w') },
      { name: 'in/w', content: 'w' },
    ]),
    '/a/download': makeZip([{ name: 'in/net.onnx', content: 'graph' }]),
    '/tm/model.json': MODEL_JSON,
    '/tm/weights.bin': 'w',
    '/tm/more/w%202.bin': 'v',
    '/tm/metadata.json': '{"labels":[]}',
  };
  const { url } = await httpServer(t, ({ url: asked = '' }, response) => {
    const content = files[asked.replace(/\?.*/, '')];
    if (content === undefined) response.writeHead(404).end();
    else response.end(content);
  });
  for (const [address, entry, count] of [
    ['/a/net.onnx?signature=secret', 'net.onnx', 1],
    ['/a/download', 'in/net.onnx', 1],
    ['/tm/', 'model.json', 4],
    ['/b/net.onnx?token=secret', 'net.onnx', 3],
    ['/b/zip', 'in/net.onnx', 2],
  ] as const) {
    const { options, received } = await folders(t);
    const source = await receiveSource(url + address, options);
    assert.equal(source.entry, entry);
    assert.doesNotMatch(JSON.stringify(source), /secret/);
    assert.equal((await received()).length, count);
    await assert.rejects(receiveSource(url + address, { ...options, allowPrivate: false }), {
      code: 'forbidden_source',
    });
  }
});

test('a model.json does not need the metadata that only Teachable Machine has', async (t) => {
  for (const status of [403, 500]) {
    const { url } = await httpServer(t, ({ url: asked = '' }, response) => {
      if (asked.endsWith('metadata.json')) response.writeHead(status).end();
      else response.end(asked.endsWith('model.json') ? MODEL_JSON : 'w');
    });
    const { options, received } = await folders(t);
    assert.equal((await receiveSource(`${url}/net/`, options)).entry, 'model.json');
    assert.deepEqual(await received(), ['model.json', 'more/w 2.bin', 'weights.bin']);
  }
});

test('the mirror that the operator named may be inside, and nothing else', async (t) => {
  const hub = await huggingFace(t, { 'me/net': { files: { 'model.onnx': 'graph' } } });
  const { options } = await folders(t);
  const asServer = { ...options, allowPrivate: false, hub: { endpoint: hub.url } };
  // The list comes from the mirror; the file would come from another host inside.
  await assert.rejects(receiveSource('hf:me/net', asServer), { code: 'forbidden_source' });
  assert.deepEqual(
    hub.requests.map(({ host }) => host),
    ['hub', 'hub'],
  );
  await assert.rejects(receiveSource(`${hub.url}/me/net/resolve/main/model.onnx`, asServer), {
    code: 'forbidden_source',
  });
  assert.equal(hub.requests.length, 2);
});

test('names of Hugging Face and addresses of its pages are understood', () => {
  const plain = { repository: 'a/b', revision: 'main', file: undefined };
  assert.deepEqual(parseHuggingFace('hf:a/b'), plain);
  assert.deepEqual(parseHuggingFace('hf:a/b@v1/onnx/x.onnx'), {
    repository: 'a/b',
    revision: 'v1',
    file: 'onnx/x.onnx',
  });
  assert.deepEqual(parseHuggingFace('https://huggingface.co/a/b'), plain);
  assert.deepEqual(parseHuggingFace('https://huggingface.co/a/b/tree/main'), plain);
  assert.deepEqual(parseHuggingFace('https://huggingface.co/a/b/blob/v1/onnx/x.onnx'), {
    repository: 'a/b',
    revision: 'v1',
    file: 'onnx/x.onnx',
  });
  const branch = { repository: 'a/b', revision: 'refs/pr/1', file: undefined };
  assert.deepEqual(parseHuggingFace('https://huggingface.co/a/b/tree/refs%2Fpr%2F1'), branch);
  assert.deepEqual(parseHuggingFace('hf:a/b@refs%2Fpr%2F1'), branch);
  assert.equal(parseHuggingFace('hf:a/b/100%.onnx')?.file, '100%.onnx');
  assert.equal(parseHuggingFace('hf:a/b/lite/x.tflite')?.file, 'lite/x.tflite');
  assert.equal(parseHuggingFace('https://huggingface.co/a/b/blob/main/lite/x.tflite')?.file, 'lite/x.tflite');
  for (const other of ['hf:a', 'hf:../..', 'https://huggingface.co/a', 'https://a.example/b/c', 'a/b']) {
    assert.equal(parseHuggingFace(other), undefined, other);
  }
});

test('a repository gives its whole graph with all that tells about it, pinned and resumed', async (t) => {
  const { options, received } = await folders(t);
  const weights = onnxWith('model.onnx_data', 'model.onnx_data_1', 'more/w.bin');
  const graph = Buffer.concat([weights, bytesOf({ docString: 'long '.repeat(20_000) })]);
  const hasSome = async () => {
    while ((await stat(path.join(options.dir, 'model.onnx')).catch(() => ({ size: 0 }))).size === 0) {
      // not yet
    }
  };
  const hub = await huggingFace(
    t,
    {
      'me/net': {
        license: 'apache-2.0',
        files: {
          'onnx/model.onnx': graph,
          'onnx/model.onnx_data': 'weights',
          'onnx/model.onnx_data_1': 'weights',
          'onnx/more/w.bin': 'weights',
          'onnx/model.onnx_data_2': 'not needed',
          'onnx/model_quantized.onnx': 'small',
          'config.json': '{}',
          'preprocessor_config.json': '{}',
          'processor_config.json': '{}',
          'model.safetensors': 'not needed',
        },
      },
    },
    hasSome,
  );
  const seen: number[] = [];
  const source = await receiveSource('hf:me/net', {
    ...options,
    hub: { endpoint: hub.url, token: 'hf_secret' },
    onBytes: (bytes) => seen.push(bytes),
  });
  assert.equal(source.entry, 'model.onnx');
  assert.equal(source.hints?.license, 'Apache-2.0');
  assert.match(source.hints?.addedFrom ?? '', /^hf:me\/net@[0-9a-f]{40}\/onnx\/model.onnx$/);
  assert.deepEqual(await received(), [
    'config.json',
    'model.onnx',
    'model.onnx_data',
    'model.onnx_data_1',
    'more/w.bin',
    'preprocessor_config.json',
    'processor_config.json',
  ]);
  assert.ok((await readFile(path.join(options.dir, 'model.onnx'))).equals(graph));
  assert.ok(hub.requests.some(({ range }) => range !== undefined));
  assert.ok(seen.every((bytes, i) => bytes >= (seen[i - 1] ?? 0)));
  // The token is for the hub, not for where it stores its files.
  assert.ok(
    hub.requests.every(
      ({ host, authorization }) => (host === 'hub') === (authorization === 'Bearer hf_secret'),
    ),
  );
  assert.doesNotMatch(JSON.stringify(source), /hf_secret/);
});

test('a tokenizer comes along though it is larger than what else tells about a model', async (t) => {
  const large = 'x'.repeat(11e6);
  const files = { 'onnx/model.onnx': onnxWith(), 'tokenizer.json': large, 'config.json': large };
  const hub = await huggingFace(t, { 'me/words': { files } });
  for (const kind of ['repository', 'folder']) {
    const { options, given, write, received } = await folders(t);
    for (const [name, content] of Object.entries(files)) await write(name, content);
    const what = kind === 'folder' ? given : 'hf:me/words';
    const { entry = '' } = await receiveSource(what, {
      ...options,
      maxBytes: 100e6,
      hub: { endpoint: hub.url },
    });
    const beside = path.posix.join(path.posix.dirname(entry), 'tokenizer.json');
    const found = await received();
    assert.ok(found.includes(beside), `${found} of a ${kind}`);
    assert.ok(!found.includes(beside.replace('tokenizer', 'config')));
  }
});

test('a repository of two towers gives both, and the picture tower alone where that is named', async (t) => {
  const files = {
    'onnx/text_model.onnx': onnxWith('text_model.onnx_data'),
    'onnx/text_model.onnx_data': 'weights',
    'onnx/text_model_fp16.onnx': 'small',
    'onnx/vision_model.onnx': onnxWith(),
    'onnx/vision_model_fp16.onnx': 'small',
    'tokenizer.json': '{}',
  };
  const hub = await huggingFace(t, { 'me/towers': { files } });
  const both = await folders(t);
  const at = { hub: { endpoint: hub.url } };
  const { entry } = await receiveSource('hf:me/towers', { ...both.options, ...at });
  assert.equal(entry, 'vision_model.onnx');
  assert.deepEqual(await both.received(), [
    'text_model.onnx',
    'text_model.onnx_data',
    'tokenizer.json',
    'vision_model.onnx',
  ]);
  const one = await folders(t);
  await receiveSource('hf:me/towers/onnx/vision_model.onnx', { ...one.options, ...at });
  assert.deepEqual(await one.received(), ['tokenizer.json', 'vision_model.onnx']);
});

test('what a repository lacks, or gives to few, is said', async (t) => {
  const hub = await huggingFace(t, {
    'me/torch': { files: { 'model.safetensors': 'x' } },
    'me/many': { files: { 'a.onnx': 'x', 'b.onnx': 'x' } },
    'me/cut': { files: { 'onnx/model.onnx': onnxWith('model.onnx_data') } },
    'me/damaged': { files: { 'model.onnx': 'graph' }, isDamaged: true },
    'me/gated': { files: { 'model.onnx': 'graph' }, token: 'hf_right' },
    'me/lite': { files: { 'model.tflite': 'TFL3', 'model_int8.tflite': 'TFL3' } },
    'me/both': { files: { 'model.onnx': 'graph', 'lite/model.tflite': 'TFL3' } },
  });
  const { options, given } = await folders(t);
  const ask = async (name: string, token?: string) => {
    const dir = await mkdtemp(path.join(given, 'received-'));
    return receiveSource(name, { ...options, dir, hub: { endpoint: hub.url, token } });
  };
  await assert.rejects(ask('hf:me/torch'), /no .onnx and no .tflite file.*models\/export/);
  await assert.rejects(ask('hf:me/many'), /hf:me\/many\/a.onnx/);
  assert.equal((await ask('hf:me/many/b.onnx')).entry, 'b.onnx');
  assert.equal((await ask('hf:me/lite')).entry, 'model.tflite');
  assert.equal((await ask('hf:me/both')).entry, 'model.onnx');
  assert.equal((await ask('hf:me/both/lite/model.tflite')).entry, 'model.tflite');
  await assert.rejects(ask('hf:me/many/c.onnx'), /has no c.onnx/);
  await assert.rejects(
    ask('hf:me/cut'),
    /keeps weights in "model.onnx_data", and me\/cut has no onnx\/model.onnx_data/,
  );
  await assert.rejects(ask('hf:me/damaged'), { code: 'integrity_mismatch' });
  await assert.rejects(ask('hf:me/nobody'), /set HF_TOKEN/);
  await assert.rejects(ask('hf:me/gated'), /set HF_TOKEN/);
  await assert.rejects(ask('hf:me/gated', 'hf_wrong'), /account of HF_TOKEN/);
  assert.equal((await ask('hf:me/gated', 'hf_right')).entry, 'model.onnx');
  await assert.rejects(ask('hf:me/many@nowhere/a.onnx'), /has no me\/many@nowhere/);
});
