import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { QuantizationReport } from '../../../protocol/quantization.ts';
import type { Text } from '../../../protocol/sentence.ts';
import { progress } from '../../../protocol/sentences/progress.ts';
import type { SingleGraphManifest } from '../../../vision/manifest.ts';
import { type OpenModelFiles, openModel } from '../../inference/model.ts';
import { graphFilesIn, readModelFolder, verifyGraphHashes, versionOf } from '../../library/modelFolder.ts';
import { ImportError } from '../importError.ts';
import { encodeModel } from '../onnx/onnxBytes.ts';
import { readOnnxFile } from '../onnx/onnxFile.ts';
import type { PictureFile } from '../pictures/pictureFiles.ts';
import { readTruth } from '../truth/readTruth.ts';
import { readPictureSets } from './calibrationPictures.ts';
import { compareVersions, raceVersions } from './compareVersions.ts';
import { quantizeGraph } from './quantizeGraph.ts';
import { recordInt8Goldens } from './recordInt8Goldens.ts';
import { saturates } from './saturates.ts';

/** What a version is quantised with. */
export interface QuantizeTask {
  /** The model's folder, `models/<id>`. */
  readonly dir: string;
  /** An empty folder for the new version. */
  readonly stagingDir: string;
  /** Pictures to calibrate with and compare on; without them the goldens and the photos that ship. */
  readonly pictures?: readonly PictureFile[] | undefined;
  /** Of weights; by default 8, and 7 where this processor would cut off sums of products otherwise. */
  readonly bits?: 7 | 8 | undefined;
}

export interface Quantized {
  readonly report: QuantizationReport;
  readonly manifest: SingleGraphManifest;
}

/**
 * Makes an int8 version of the version that is live: a complete version in `stagingDir`, with goldens of its own, and how it
 * compares.
 * @throws ImportError `unsupported_model`, `needs_options`, `malformed_source` for a picture that cannot be read
 */
export async function quantizeVersion(
  { dir, stagingDir, pictures: files, bits: wanted }: QuantizeTask,
  onProgress: (text: Text) => void = () => {},
): Promise<Quantized> {
  const folder = await readModelFolder(dir);
  await verifyGraphHashes(folder);
  const { manifest, labels, version } = folder;
  if (manifest.schema !== 1) {
    throw new ImportError(
      'unsupported_model',
      `"${manifest.id}" has several graphs, and only models of one graph can be quantised. Keep the float32 version.`,
    );
  }
  onProgress(progress('reads_pictures'));
  const sets = await readPictureSets(dir, manifest, files);
  const bits = wanted ?? ((await saturates()) ? 7 : 8);
  const { model } = await readOnnxFile(dir, manifest.graph.file);
  // Its graph has other nodes, in which words cannot be changed.
  const { words: _, ...fixed } = manifest;
  const quantized = await quantizeGraph(model, sets.calibration, {
    inputName: manifest.input.name,
    bits,
    onProgress(what, done, of) {
      // Ten lines are enough where each stays.
      if (done < of && done % Math.ceil(of / 10) !== 0) return;
      onProgress(progress(what === 'calibrates' ? 'calibrates' : 'measures_layers', { done, of }));
    },
  });

  onProgress(progress('writes_int8'));
  const graph = encodeModel(quantized.model);
  await writeFile(path.join(stagingDir, 'model.onnx'), graph);
  const made: SingleGraphManifest = {
    ...fixed,
    graph: { file: 'model.onnx', sha256: createHash('sha256').update(graph).digest('hex') },
    ...(await copyTexts(dir, stagingDir, manifest)),
    goldens: [],
    provenance: {
      ...manifest.provenance,
      quantized: {
        from: version,
        bits,
        layers: quantized.layers - quantized.inFloat.length,
        of: quantized.layers,
        pictures: sets.calibration.length,
      },
    },
  };
  const files8: OpenModelFiles = { manifest: made, labels, graphFiles: graphFilesIn(stagingDir, made) };
  const float = await openModel(folder, 1);
  const int8 = await openModel(files8, 1);
  try {
    onProgress(progress('records_goldens'));
    const goldens = await recordInt8Goldens({ files: files8, int8, dir, stagingDir, manifest });
    const complete: SingleGraphManifest = { ...made, goldens };
    await writeFile(path.join(stagingDir, 'manifest.json'), `${JSON.stringify(complete, null, 2)}\n`);

    onProgress(progress('compares_float'));
    const [first] = sets.comparison;
    if (first === undefined) throw new Error('There is no picture to compare on.');
    const truth = files && (await readTruth(files, labels));
    const agreement = await compareVersions({ float, int8 }, manifest, labels, sets.comparison, truth);
    const speed = await raceVersions({ float, int8 }, first);
    const report: QuantizationReport = {
      id: manifest.id,
      name: manifest.name,
      from: version,
      version: versionOf(complete, labels),
      bits,
      layers: { quantized: quantized.layers - quantized.inFloat.length, of: quantized.layers },
      inFloat: [...quantized.inFloat],
      noise: quantized.noise,
      calibrationPictures: sets.calibration.length,
      bytes: { float: (await stat(folder.graphFiles.main ?? '')).size, int8: graph.byteLength },
      speed,
      isFaster: speed.int8Ms < speed.floatMs,
      isHeldOut: sets.isHeldOut,
      agreement,
    };
    return { report, manifest: complete };
  } finally {
    await float.release();
    await int8.release();
  }
}

/** Labels and licence, under names that start at the new folder. */
async function copyTexts(dir: string, to: string, { labels, license }: SingleGraphManifest) {
  const copy = async (file: string, name: string) => {
    // A copy would be as read-only as many licences are, and could not be brought down to the disk.
    await writeFile(path.join(to, name), await readFile(path.join(dir, file)));
    return name;
  };
  return {
    ...(labels !== undefined && { labels: await copy(labels, 'labels.txt') }),
    license: { ...license, ...(license.file !== undefined && { file: await copy(license.file, 'LICENSE') }) },
  };
}
