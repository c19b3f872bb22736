import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeFor } from '../../server/import/pictures/samplePictures.ts';
import { compareVersions, raceVersions } from '../../server/import/quantize/compareVersions.ts';
import { readTruth } from '../../server/import/truth/readTruth.ts';
import { openModel } from '../../server/inference/model.ts';
import { readManifest } from '../../server/library/manifestFile.ts';
import { graphFilesIn, readModelFolder } from '../../server/library/modelFolder.ts';
import { INT8_FOLDER } from '../../server/library/versionPair.ts';
import { readTruthFolder, TRUTH_VARIABLE } from '../precision/truthFolder.ts';
import { type BenchLine, result } from '../result.ts';

const DIR = path.resolve('models/coco-ssd');

/**
 * What int8 costs: the int8 version of COCO-SSD that ships, against float32 on pictures that it was not calibrated on. Weights have
 * 7 bits, which every processor computes right.
 */
export const measure: BenchLine = async () => {
  const given = await readTruthFolder();
  if (given === undefined) {
    const name = `int8: set ${TRUTH_VARIABLE} to a folder with images/ and instances.json of COCO`;
    return [result(name, Number.NaN, '')];
  }
  const folder = await readModelFolder(DIR);
  const manifest = await readManifest(path.join(DIR, INT8_FOLDER, 'manifest.json'));
  const { quantized } = manifest.provenance;
  if (quantized === undefined) throw new Error(`${DIR}/${INT8_FOLDER} is no int8 version.`);
  const float = await openModel(folder, 1);
  const graphFiles = graphFilesIn(DIR, manifest);
  const int8 = await openModel({ manifest, labels: folder.labels, graphFiles }, 1);
  try {
    const { input } = folder.manifest;
    const files = given.pictures.map(({ file }) => ({ name: path.basename(file), file }));
    const pictures = [];
    for (const { name, file } of files) {
      const { pixels, size, fitted } = await decodeFor(await readFile(file), input);
      pictures.push({ name, pixels, ...size, fitted });
    }
    const [first] = pictures;
    if (first === undefined) throw new Error('The folder has no pictures.');
    const both = { float, int8 };
    const truth = await readTruth(files, folder.labels);
    const agreement = await compareVersions(both, manifest, folder.labels, pictures, truth);
    if (agreement.kind !== 'labels' || agreement.precision === undefined) {
      throw new Error('The folder has nothing that the model could find.');
    }
    const { f1, labels, meanDifference, precision } = agreement;
    const { ap } = precision;
    const { floatMs, int8Ms } = await raceVersions(both, first);
    return [
      result(`int8: F1 of ${labels} labels of float32`, f1, '', { atLeast: 0.985 }),
      result('int8: mean difference of scores', meanDifference, ''),
      result('int8: AP 0.50:0.95 of float32', ap.float, ''),
      result('int8: AP 0.50:0.95 of int8', ap.int8, '', { atLeast: ap.float - 0.005 }),
      result('int8: times as fast as float32, one core', floatMs / int8Ms, '', { atLeast: 1.45 }),
      result('int8: layers in float32', quantized.of - quantized.layers, ''),
    ];
  } finally {
    await float.release();
    await int8.release();
  }
};
