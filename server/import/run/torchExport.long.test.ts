/**
 * models/export, with real torch: what it writes runs in the worker's graph and gives what torch gave.
 * Skipped where no Python has torch, torchvision and PIL; `TORCH_TESTS=1` makes that a failure, `TORCH_PYTHON` names
 * the Python. Where that Python has fastai too, a real learner is exported.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { after } from 'node:test';
import { promisify } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import * as v from 'valibot';
import { ImportOptions } from '../../../protocol/models.ts';
import { compareWithGolden } from '../../../vision/golden.ts';
import type { Manifest } from '../../../vision/manifest.ts';
import { Golden } from '../../../vision/tasks/taskOf.ts';
import { decode } from '../../inference/decode.ts';
import { openModel } from '../../inference/model.ts';
import { photo } from '../../testing/media.ts';
import { onnx } from '../onnx/onnxProto/onnx.js';

const EXPORT = 'models/export/export.py';
const TESTING = 'models/export/testing';
const PHOTOS = 'e2e/media';
/** What a runtime may differ by from torch, in probability. */
const TOLERANCE = 1e-5;

const run = promisify(execFile);

async function findPython(modules: string): Promise<string | undefined> {
  for (const python of [process.env.TORCH_PYTHON, '/usr/bin/python3', 'python3', 'python']) {
    if (!python) continue;
    const found = await run(python, ['-c', `import ${modules}`]).catch(() => undefined);
    if (found) return python;
  }
  return undefined;
}

const python = await findPython('torch, torchvision, PIL, numpy');
const fastaiPython = python && (await findPython('fastai.vision.all'));
const isDemanded = process.env.TORCH_TESTS === '1';
const skip =
  python || isDemanded
    ? false
    : 'no Python with torch, torchvision and PIL: see "PyTorch" in CONTRIBUTING.md, or set TORCH_PYTHON';

const dir = await mkdtemp(path.join(tmpdir(), 'livelens-torch-'));
after(() => rm(dir, { recursive: true, force: true }));

/** Runs a script to its good end; gives what it printed. */
async function runPython(...args: string[]): Promise<string> {
  assert.ok(python, 'TORCH_TESTS=1 needs a Python with torch, torchvision and PIL; TORCH_PYTHON names one.');
  return (await run(python, args)).stdout;
}

/** Trains the ResNet-18 once for all tests. */
let trained: Promise<string> | undefined;
const resnet18 = (): Promise<string> => {
  trained ??= runPython(`${TESTING}/resnet18.py`, PHOTOS, dir).then(() => path.join(dir, 'model.pt'));
  return trained;
};

/** A folder as the export script leaves it. */
async function readExport(folder: string) {
  const file = path.join(folder, 'model.onnx');
  const bytes = await readFile(file);
  const { metadataProps, graph } = onnx.ModelProto.decode(bytes);
  const hints = metadataProps?.find(({ key }) => key === 'livelens.manifest')?.value;
  assert.ok(hints, 'the graph has no livelens.manifest');
  const options = v.parse(v.object({ ...ImportOptions.entries, recordedBy: v.string() }), JSON.parse(hints));
  const dims = graph?.input?.[0]?.type?.tensorType?.shape?.dim ?? [];
  const [height, width] = dims.slice(1, 3).map(({ dimValue }) => Number(dimValue));
  const { task, labels = [], fit, crop, resample, multiLabel } = options;
  assert.ok(task && fit && width && height);
  const input = {
    name: graph?.input?.[0]?.name ?? '',
    width,
    height,
    fit,
    ...(crop && { crop }),
    ...(resample && { resample }),
  };
  const manifest: Manifest = {
    schema: 1,
    id: 'exported',
    name: 'Exported',
    description: '',
    task,
    ...(multiLabel !== undefined && { multiLabel }),
    graph: { file: 'model.onnx', sha256: '0'.repeat(64) },
    input,
    minScore: { floor: 0, default: 0.5 },
    goldens: [],
    license: { spdx: 'NOASSERTION' },
    provenance: { source: 'models/export' },
  };
  const names = (await readdir(path.join(folder, 'goldens'))).filter((name) => name.endsWith('.json')).sort();
  const goldens = await Promise.all(
    names.map(async (name) => {
      const image = await readFile(path.join(folder, 'goldens', name.replace(/json$/, 'png')));
      const { pixels } = await decode(image, 'png', input, { maxPixels: 1e7, isFitted: true });
      const text = await readFile(path.join(folder, 'goldens', name), 'utf8');
      return { name: name.replace(/\.json$/, ''), pixels, expected: v.parse(Golden, JSON.parse(text)) };
    }),
  );
  return { file, options, labels, manifest, goldens };
}
type Exported = Awaited<ReturnType<typeof readExport>>;

const scoresOf = (golden: Golden): number[] =>
  'scores' in golden ? golden.scores : assert.fail('no scores');

const ranked = (scores: ArrayLike<number>): number[] =>
  Array.from(scores, (score, line) => ({ score, line }))
    .sort((a, b) => b.score - a.score)
    .map(({ line }) => line);

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  assert.equal(a.length, b.length);
  return Math.max(...Array.from(a, (value, at) => Math.abs(value - (b[at] ?? Number.NaN))));
};

/** Runs all goldens in the worker's graph; the largest difference to torch. */
async function runGoldens({ file, manifest, labels, goldens }: Exported): Promise<number> {
  const opened = await openModel({ manifest, labels, graphFiles: { main: file } }, 1);
  let largest = 0;
  for (const { name, pixels, expected } of goldens) {
    const answer = await opened.run(pixels);
    const compared = compareWithGolden(expected, answer);
    assert.deepEqual({ name, ...compared, largest: 0 }, { name, differences: [], sameTop: true, largest: 0 });
    if (answer.task === 'image-classification') {
      assert.deepEqual(ranked(answer.scores).slice(0, 5), ranked(scoresOf(expected)).slice(0, 5), name);
    }
    largest = Math.max(largest, compared.largest);
  }
  return largest;
}

test('an exported ResNet-18 gives the probabilities of torch', { skip }, async (t) => {
  const out = path.join(dir, 'resnet18');
  const labels = path.join(dir, 'labels.txt');
  t.diagnostic(
    await runPython(EXPORT, await resnet18(), '--labels', labels, '--pictures', PHOTOS, '--out', out),
  );
  const exported = await readExport(out);
  const reference: Record<string, number[]> = JSON.parse(
    await readFile(path.join(dir, 'reference.json'), 'utf8'),
  );

  await t.test('its metadata and labels say all that an importer has to know', async () => {
    const { labels: names, recordedBy, ...options } = exported.options;
    assert.deepEqual(options, {
      task: 'image-classification',
      scale: 1,
      mean: [0, 0, 0],
      std: [1, 1, 1],
      layout: 'NHWC',
      channels: 'RGB',
      fit: 'crop',
      crop: 0.875,
      resample: 'antialiased',
      activation: 'none',
      multiLabel: false,
    });
    assert.match(recordedBy, /^torch \d/);
    assert.deepEqual(names, (await readFile(path.join(out, 'labels.txt'), 'utf8')).trimEnd().split('\n'));
    assert.equal(exported.goldens.length, Object.keys(reference).length);
  });

  await t.test('its goldens are what torchvision makes of the photos', () => {
    const differences = exported.goldens.map(({ name, expected }) =>
      largestDifference(scoresOf(expected), reference[name] ?? []),
    );
    t.diagnostic(`goldens and torchvision: ${Math.max(...differences).toExponential(1)}`);
    assert.ok(Math.max(...differences) <= TOLERANCE);
  });

  await t.test("the worker's graph gives the same, in the same order", async () => {
    const largest = await runGoldens(exported);
    t.diagnostic(`worker's graph and torch: ${largest.toExponential(1)}`);
    assert.ok(largest <= TOLERANCE);
  });

  for (const count of [1, 2, 5]) {
    await t.test(`a batch of ${count} gives the same`, async () => {
      const session = await InferenceSession.create(exported.file);
      const batch = Array.from({ length: count }, (_, at) => exported.goldens[at % exported.goldens.length]);
      const pixels = Buffer.concat(batch.map((golden) => golden?.pixels ?? assert.fail()));
      const { height, width } = exported.manifest.input;
      const { scores } = await session.run({ image: new Tensor('uint8', pixels, [count, height, width, 3]) });
      assert.deepEqual(scores?.dims, [count, exported.labels.length]);
      const expected = batch.flatMap((golden) => (golden ? scoresOf(golden.expected) : []));
      const largest = largestDifference(scores?.data as Float32Array, expected);
      t.diagnostic(`batch of ${count} and torch: ${largest.toExponential(1)}`);
      assert.ok(largest <= TOLERANCE);
    });
  }

  await t.test('a photo that the server fits itself gets the same first label', async () => {
    const opened = await openModel(
      { manifest: exported.manifest, labels: exported.labels, graphFiles: { main: exported.file } },
      1,
    );
    const limits = { maxPixels: 1e7, isFitted: false };
    for (const [name, format] of [
      ['cat.png', 'png'],
      ['astronaut.png', 'png'],
      ['rocket.jpg', 'jpeg'],
    ] as const) {
      const { pixels } = await decode(await photo(name), format, exported.manifest.input, limits);
      const answer = await opened.run(pixels);
      assert.ok(answer.task === 'image-classification');
      const expected = reference[path.parse(name).name] ?? [];
      t.diagnostic(`${name}, fitted here: ${largestDifference(answer.scores, expected).toExponential(1)}`);
      assert.equal(ranked(answer.scores)[0], ranked(expected)[0], name);
    }
  });
});

test('a model of several labels at once is exported with sigmoid, BGR and its own fit', {
  skip,
}, async (t) => {
  const out = path.join(dir, 'multi-label');
  const labels = path.join(dir, 'labels.txt');
  await runPython(
    ...[EXPORT, await resnet18(), '--labels', labels, '--pictures', PHOTOS, '--out', out, '--multi-label'],
    ...[
      '--channels',
      'BGR',
      '--fit',
      'letterbox',
      '--size',
      '128',
      '160',
      '--goldens',
      '2',
      '--license',
      'MIT',
    ],
  );
  const exported = await readExport(out);
  const { multiLabel, fit, license, channels } = exported.options;
  assert.deepEqual([multiLabel, fit, license, channels], [true, 'letterbox', 'MIT', 'RGB']);
  assert.deepEqual([exported.manifest.input.height, exported.manifest.input.width], [128, 160]);
  assert.equal(exported.goldens.length, 2);
  const largest = await runGoldens(exported);
  t.diagnostic(`worker's graph and torch: ${largest.toExponential(1)}`);
  assert.ok(largest <= TOLERANCE);
});

test('an embedding is exported from a function of a Python file', { skip }, async (t) => {
  const out = path.join(dir, 'embedding');
  await runPython(
    ...[
      EXPORT,
      `${TESTING}/resnet18.py:headless`,
      '--task',
      'image-embedding',
      '--pictures',
      PHOTOS,
      '--out',
      out,
    ],
  );
  const exported = await readExport(out);
  assert.equal(exported.manifest.task, 'image-embedding');
  await assert.rejects(access(path.join(out, 'labels.txt')));
  const largest = await runGoldens(exported);
  t.diagnostic(`worker's graph and torch, of the longest number: ${largest.toExponential(1)}`);
  assert.ok(largest <= TOLERANCE);
});

/** As a notebook calls it, on a model that ends in a softmax, with transforms that torchvision ships. */
const WITH_TRANSFORM = `
import sys
sys.path.insert(0, "models/export")
import torch
from torchvision.transforms._presets import ImageClassification
from export import export
model, photos, labels, out = sys.argv[1:]
model = torch.nn.Sequential(torch.load(model, **({"weights_only": False} if torch.__version__ >= "2" else {})), torch.nn.Softmax(1))
export(model, open(labels).read().splitlines(), photos, out, transform=ImageClassification(crop_size=192, resize_size=240))
`;

test("size, fit and crop are found from the framework's own transforms", { skip }, async (t) => {
  const out = path.join(dir, 'transform');
  const printed = await runPython(
    '-c',
    WITH_TRANSFORM,
    await resnet18(),
    PHOTOS,
    path.join(dir, 'labels.txt'),
    out,
  );
  assert.match(printed, /probabilities already: no softmax is added/);
  const exported = await readExport(out);
  const { width, height, fit, crop } = exported.manifest.input;
  assert.deepEqual({ width, height, fit, crop }, { width: 192, height: 192, fit: 'crop', crop: 0.8 });
  const largest = await runGoldens(exported);
  t.diagnostic(`worker's graph and torch: ${largest.toExponential(1)}`);
  assert.ok(largest <= TOLERANCE);
});

/** Runs export.py's command line several times in one Python, which takes seconds to load torch. */
const RUN_ALL = `
import contextlib, io, json, sys
sys.path.insert(0, "models/export")
from export import main
ends = []
for argv in json.loads(sys.argv[1]):
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors):
        code = main(argv)
    ends.append({"code": code, "stderr": errors.getvalue()})
print(json.dumps(ends))
`;
const Ends = v.array(v.object({ code: v.number(), stderr: v.string() }));

test('what cannot be exported is refused with what to do, and nothing is written', { skip }, async () => {
  const model = await resnet18();
  const [labels, few, weights, occupied] = ['labels.txt', 'few.txt', 'weights.pt', 'occupied'].map((name) =>
    path.join(dir, name),
  ) as [string, string, string, string];
  // A class for each quarter of each photo.
  const classes = (await readFile(labels, 'utf8')).trimEnd().split('\n').length;
  await writeFile(few, 'cat\ncup\n');
  await mkdir(occupied);
  await writeFile(path.join(occupied, 'thesis.txt'), 'mine');
  const out = path.join(dir, 'refused');
  const refused: [args: string[], message: RegExp][] = [
    [[model, '--labels', few, '--out', out], new RegExp(`2 labels, but the model has ${classes} outputs`)],
    [[model, '--out', out], /Labels are needed.*--labels/],
    [[weights, '--labels', labels, '--out', out], /holds OrderedDict, not a model.*load_state_dict/],
    [['nowhere.pt', '--labels', labels, '--out', out], /nowhere\.pt is not there/],
    [[model, '--labels', labels, '--activation', 'none', '--out', out], /Say --activation softmax/],
    [[model, '--labels', labels, '--multi-label', '--activation', 'softmax', '--out', out], /only one label/],
    [[model, '--labels', labels, '--std', '0', '1', '1', '--out', out], /std and scale are above 0/],
    [[model, '--labels', labels, '--out', occupied], /is there already.*--overwrite/],
  ];
  const calls = refused.map(([args]) => [...args, '--pictures', PHOTOS]);
  const ends = v.parse(Ends, JSON.parse(await runPython('-c', RUN_ALL, JSON.stringify(calls))));
  assert.equal(ends.length, refused.length);
  for (const [at, [, message]] of refused.entries()) {
    assert.equal(ends[at]?.code, 1);
    assert.match(ends[at]?.stderr ?? '', message);
  }
  await assert.rejects(access(out));
  assert.deepEqual(await readdir(occupied), ['thesis.txt']);
});

const skipFastai = skip || (fastaiPython === python ? false : 'that Python has no fastai');

test('a fastai learner gives the probabilities of fastai', { skip: skipFastai }, async (t) => {
  const folder = await mkdtemp(path.join(dir, 'fastai-'));
  const out = path.join(folder, 'exported');
  await runPython(`${TESTING}/learner.py`, PHOTOS, folder);
  t.diagnostic(await runPython(EXPORT, path.join(folder, 'learner.pkl'), '--pictures', PHOTOS, '--out', out));
  const exported = await readExport(out);
  assert.deepEqual(exported.labels, ['astronaut', 'cat', 'cup', 'rocket']);
  assert.deepEqual(
    [exported.options.fit, exported.manifest.input.height, exported.manifest.input.width],
    ['stretch', 112, 144],
  );
  const reference: Record<string, number[]> = JSON.parse(
    await readFile(path.join(folder, 'reference.json'), 'utf8'),
  );
  const differences = exported.goldens.map(({ name, expected }) =>
    largestDifference(scoresOf(expected), reference[name] ?? []),
  );
  t.diagnostic(`goldens and fastai: ${Math.max(...differences).toExponential(1)}`);
  assert.ok(Math.max(...differences) <= TOLERANCE);
  const largest = await runGoldens(exported);
  t.diagnostic(`worker's graph and torch: ${largest.toExponential(1)}`);
  assert.ok(largest <= TOLERANCE);
});
