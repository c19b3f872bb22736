/**
 * Makes models/things from models/coco-ssd, byte for byte the same each time.
 *
 *     node --import tsx models/build/buildThings.ts            writes the model folder
 *     node --import tsx models/build/buildThings.ts --check    compares it and writes nothing
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import * as v from 'valibot';
import { openModel } from '../../server/inference/model.ts';
import { RUNTIME } from '../../server/inference/runtime.ts';
import { graphFilesIn } from '../../server/library/modelFolder.ts';
import { recordGolden } from '../../vision/golden.ts';
import { Manifest } from '../../vision/manifest.ts';
import { THING_SIDE_PX } from '../../vision/things/thingSide.ts';
import { builtFolder } from './builtFolder.ts';
import { photoFile, readRgb } from './goldens.ts';
import { buildEmbedder } from './thingGraphs.ts';

const detectorDirectory = fileURLToPath(new URL('../coco-ssd/', import.meta.url));
const { directory: modelDirectory, write, isSame } = builtFolder('things');

/** More is shrunk to this: a detected thing of a third of its side is then still as large as the embedder sees it. */
const MAX_SIDE_PX = 480;
const minScore = { floor: 0.1, default: 0.5 } as const;
/** Of goldens; far enough from where the detector's regions end that no runtime sees another number of them. */
const goldenMinScore = 0.3;

/** Pictures with things that the detector finds, and one that is a thing cut out already. */
const goldenPictures = [
  { name: 'cup', photo: 'cup.png', sidePx: 240 },
  { name: 'astronaut', photo: 'astronaut.png', sidePx: 240 },
  { name: 'cut-out', photo: 'cat.png', sidePx: THING_SIDE_PX },
] as const;

/** Everything of the model folder that its source alone decides, by file name. */
async function buildFolder(): Promise<Map<string, Uint8Array>> {
  const source = (name: string) => readFile(join(detectorDirectory, name));
  const detector = await source('model.onnx');
  const embedder = buildEmbedder(detector);
  const { license, provenance } = v.parse(
    Manifest,
    JSON.parse(await readFile(join(detectorDirectory, 'manifest.json'), 'utf8')),
  );
  const graph = (file: string, bytes: Uint8Array) => ({
    file,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
  const size = { width: MAX_SIDE_PX, height: MAX_SIDE_PX };
  const manifest = v.parse(Manifest, {
    schema: 2,
    id: 'things',
    name: 'My things',
    description:
      'Tells things apart that a person taught. SSDLite MobileNetV2 finds them, its first blocks compare them.',
    task: 'thing-embedding',
    graphs: { detector: graph('detector.onnx', detector), embedder: graph('embedder.onnx', embedder) },
    input: { name: 'image', ...size, steps: [{ op: 'resize', atMost: size, resample: 'antialiased' }] },
    minScore,
    goldens: goldenPictures.map(({ name }) => ({
      image: `goldens/${name}.png`,
      expected: `goldens/${name}.json`,
    })),
    license,
    provenance: {
      source: `models/coco-ssd, cut after the ninth block of its network; ${provenance.source}`,
      ...(provenance.integrity && { integrity: provenance.integrity }),
      command: 'node --import tsx models/build/buildThings.ts',
    },
  } satisfies Manifest);
  return new Map<string, Uint8Array>([
    ['detector.onnx', detector],
    ['embedder.onnx', embedder],
    ['manifest.json', Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)],
    ['LICENSE', await source('LICENSE')],
  ]);
}

async function writeModel(): Promise<void> {
  const files = await buildFolder();
  for (const { name, photo, sidePx } of goldenPictures) {
    const picture = sharp(photoFile(photo)).removeAlpha().resize(sidePx, sidePx, { fit: 'inside' });
    files.set(`goldens/${name}.png`, await picture.png({ compressionLevel: 9, palette: false }).toBuffer());
  }
  for (const [name, content] of files) await write(name, content);
  await recordGoldens();
}

async function recordGoldens(): Promise<void> {
  const manifest = v.parse(
    Manifest,
    JSON.parse(await readFile(join(modelDirectory, 'manifest.json'), 'utf8')),
  );
  const model = await openModel(
    { manifest, labels: [], graphFiles: graphFilesIn(modelDirectory, manifest) },
    1,
  );
  for (const { name } of goldenPictures) {
    const { data, widthPx, heightPx } = await readRgb(join(modelDirectory, `goldens/${name}.png`));
    const answer = await model.run(data, { width: widthPx, height: heightPx });
    const golden = recordGolden(answer, { recordedBy: RUNTIME, minScore: goldenMinScore });
    // On one line: thousands of numbers.
    await write(`goldens/${name}.json`, Buffer.from(`${JSON.stringify(golden)}\n`));
  }
  await model.release();
}

/** Goldens are records: other processors may round one pixel differently, and they are not made again. */
const checkModel = async (): Promise<boolean> => isSame(await buildFolder());

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
if (!values.check) await writeModel();
else if (!(await checkModel())) process.exitCode = 1;
