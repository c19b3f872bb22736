/**
 * Makes models/coco-ssd from its source, byte for byte the same each time.
 *
 *     node --import tsx models/build/buildCocoSsd.ts            writes the model folder
 *     node --import tsx models/build/buildCocoSsd.ts --check    compares it and writes nothing
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { cocoClasses } from '../../server/import/decide/cocoLabels.ts';
import { ImportError } from '../../server/import/importError.ts';
import { compareWithGolden } from '../../vision/golden.ts';
import { Manifest } from '../../vision/manifest.ts';
import { Golden } from '../../vision/tasks/taskOf.ts';
import {
  buildCocoSsdGraph,
  type CocoSsdSource,
  cocoSsdPin,
  fetchCocoSsd,
  inputSidePx,
  minScore,
} from './cocoSsd.ts';
import { encodePng, goldenPhotos, photoFile, readRgb, record, stretchToInput } from './goldens.ts';
import { loadReference, type Reference } from './reference.ts';

const modelDirectory = fileURLToPath(new URL('../coco-ssd/', import.meta.url));

/** Everything of the model folder that the source alone decides, by file name. */
function buildFolder(source: CocoSsdSource): Map<string, Uint8Array> {
  const graph = buildCocoSsdGraph(source);
  const manifest = v.parse(Manifest, {
    schema: 1,
    id: 'coco-ssd',
    name: 'COCO-SSD',
    description:
      'Finds 80 kinds of everyday things: people, animals, vehicles, food, furniture. SSDLite MobileNetV2.',
    task: 'object-detection',
    graph: { file: 'model.onnx', sha256: createHash('sha256').update(graph).digest('hex') },
    labels: 'labels.txt',
    input: { name: 'image', width: inputSidePx, height: inputSidePx, fit: 'stretch' },
    minScore,
    goldens: goldenPhotos.map(({ name }) => ({
      image: `goldens/${name}.png`,
      expected: `goldens/${name}.json`,
    })),
    license: { spdx: 'Apache-2.0', file: 'LICENSE' },
    provenance: {
      source: `npm package ${cocoSsdPin.name} ${cocoSsdPin.version}, models/coco-ssd (TensorFlow.js graph model)`,
      integrity: cocoSsdPin.integrity,
      command: 'node --import tsx models/build/buildCocoSsd.ts',
    },
  } satisfies Manifest);
  return new Map<string, Uint8Array>([
    ['model.onnx', graph],
    ['labels.txt', Buffer.from(`${cocoClasses.map(({ label }) => label).join('\n')}\n`)],
    ['manifest.json', toJson(manifest)],
    ['LICENSE', source.license],
  ]);
}

const toJson = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);

async function writeModel(source: CocoSsdSource, reference: Reference): Promise<void> {
  const files = buildFolder(source);
  for (const { name, photo } of goldenPhotos) {
    const picture = await stretchToInput(await readRgb(photoFile(photo)));
    files.set(`goldens/${name}.png`, await encodePng(picture));
    files.set(`goldens/${name}.json`, toJson(await record(reference, picture)));
  }
  for (const [name, content] of files) {
    const file = join(modelDirectory, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    report(`wrote models/coco-ssd/${name} (${content.byteLength} bytes)`);
  }
}

/**
 * The pictures of the goldens are not made again: they are records, and other processors may round one pixel
 * differently. What TensorFlow.js sees in them is.
 */
async function checkModel(source: CocoSsdSource, reference: Reference): Promise<boolean> {
  const problems: string[] = [];
  const committed = (name: string): Promise<Buffer | undefined> =>
    readFile(join(modelDirectory, name)).catch(() => undefined);
  for (const [name, content] of buildFolder(source)) {
    const same = (await committed(name))?.equals(content) ?? false;
    report(`${same ? 'same ' : 'OTHER'} models/coco-ssd/${name}`);
    if (!same) problems.push(name);
  }
  for (const { name } of goldenPhotos) {
    const picture = await committed(`goldens/${name}.png`);
    const expected = await committed(`goldens/${name}.json`);
    if (picture === undefined || expected === undefined) {
      problems.push(`goldens/${name}`);
      continue;
    }
    const golden = v.parse(Golden, JSON.parse(expected.toString('utf8')));
    const { detections } = await record(reference, await readRgb(picture));
    const { differences } = compareWithGolden(golden, { task: 'object-detection', detections });
    report(
      `${differences.length === 0 ? 'same ' : 'OTHER'} models/coco-ssd/goldens/${name} ${differences.join('; ')}`,
    );
    if (differences.length > 0) problems.push(`goldens/${name}`);
  }
  return problems.length === 0;
}

function report(message: string): void {
  console.log(message);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  const source = await fetchCocoSsd(report);
  report(`source ${cocoSsdPin.name}@${cocoSsdPin.version}, integrity as pinned`);
  const reference = await loadReference(source);
  try {
    if (!values.check) await writeModel(source, reference);
    else if (!(await checkModel(source, reference))) process.exitCode = 1;
  } finally {
    reference.close();
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof ImportError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
