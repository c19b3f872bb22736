import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../../protocol/errors.ts';
import type { ImportOptions, ImportReport } from '../../../protocol/models.ts';
import { aboutGraph } from '../../../protocol/sentences/graphs.ts';
import { progress } from '../../../protocol/sentences/progress.ts';
import { isOutsideReference } from '../../../vision/golden.ts';
import { graphsOf, type Manifest } from '../../../vision/manifest.ts';
import type { GoldenPicture } from '../../../vision/runGoldens.ts';
import { readGoldens } from '../../inference/readGoldens.ts';
import { readLabels, readManifest } from '../../library/manifestFile.ts';
import { versionOf } from '../../library/modelFolder.ts';
import { filesOf, readStagedVersion } from '../../library/stagedVersion.ts';
import { ImportError } from '../importError.ts';
import { readOnnxFile } from '../onnx/onnxFile.ts';
import { decodeFor, samplePictures, thumbnailOf } from '../pictures/samplePictures.ts';
import { dryRun } from '../prove/dryRun.ts';
import type { SourceFiles } from '../sources/sourceFiles.ts';
import { costInFreshProcess } from './costInFreshProcess.ts';
import type { ImportContext, Imported } from './importModel.ts';

/** What a person may change of a model folder: the rest is what its graphs were made and recorded for. */
const CHANGEABLE: readonly (keyof ImportOptions)[] = ['id', 'name', 'minScore', 'license'];

/**
 * A model folder as this project writes it, such as one of a task with several graphs. Its files are taken as they are,
 * and its goldens are the proof.
 * @throws ImportError
 */
export async function importModelFolder(
  source: SourceFiles & { entry: string },
  options: ImportOptions,
  { stagingDir, onProgress = () => {}, samples, measureCost = costInFreshProcess }: ImportContext,
): Promise<Imported> {
  const dir = path.join(source.dir, path.dirname(source.entry));
  const declared = await readManifest(path.join(dir, 'manifest.json')).catch(refuse);
  const fixed = Object.keys(options).find((field) => !CHANGEABLE.some((one) => one === field));
  if (fixed !== undefined) {
    throw new ImportError(
      'malformed_source',
      aboutGraph('folder_fixed', { field: fixed, fields: CHANGEABLE.join(', ') }),
    );
  }
  const { floor } = declared.minScore;
  if (options.minScore !== undefined && options.minScore < floor) {
    throw new ImportError(
      'malformed_source',
      aboutGraph('folder_min_score', { floor, given: options.minScore }),
    );
  }
  if (declared.goldens.length === 0) {
    throw new ImportError('malformed_source', aboutGraph('folder_no_goldens'));
  }
  const { parameters, graphBytes } = await checkGraphs(dir, declared);

  onProgress(progress('copies'));
  const manifest = changed(declared, options, source);
  await copyFiles(dir, stagingDir, declared);
  await writeFile(path.join(stagingDir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await readStagedVersion(stagingDir).catch(refuse);
  const labels = await readLabels(stagingDir, manifest).catch(refuse);

  onProgress(progress('compares_goldens'));
  const goldens: GoldenPicture[] = [];
  try {
    for await (const golden of readGoldens({ dir: stagingDir, manifest })) goldens.push(golden);
  } catch (cause) {
    refuse(cause);
  }
  const pictures = await Promise.all(
    (samples ?? (await samplePictures())).map(async ({ name, image }) => ({
      ...(await decodeFor(image, manifest.input)),
      name,
      thumbnail: await thumbnailOf(image),
    })),
  );
  const tried = await dryRun(stagingDir, manifest, labels, goldens, pictures).catch(refuse);

  onProgress(progress('measures'));
  const cost = await measureCost(stagingDir);
  const recordedBy = goldens[0]?.golden.recordedBy;
  const agrees = tried.warnings.length === 0;
  const report: ImportReport = {
    format: 'model-folder',
    source: source.description,
    id: manifest.id,
    name: manifest.name,
    version: versionOf(manifest, labels),
    task: manifest.task,
    inputs: [
      {
        name: manifest.input.name,
        dtype: 'uint8',
        shape: ['N', manifest.input.height, manifest.input.width, 3],
      },
    ],
    outputs: [],
    graphBytes,
    parameters,
    license: manifest.license.spdx,
    labelCount: labels.length,
    firstLabels: labels.slice(0, 5),
    decisions: [],
    samples: tried.samples,
    evidence:
      agrees && isOutsideReference(recordedBy)
        ? { kind: 'goldens', right: goldens.length, of: goldens.length }
        : { kind: 'none' },
    warnings: [...tried.warnings],
    cost,
    goldens: { count: goldens.length, recordedBy, ...tried.goldens },
  };
  return { report, manifest };
}

/** Reads every graph as a stranger's file, before a runtime opens it. */
async function checkGraphs(dir: string, manifest: Manifest) {
  let parameters = 0;
  let graphBytes = 0;
  for (const { file: entry } of Object.values(graphsOf(manifest))) {
    const { model, file } = await readOnnxFile(dir, entry).catch(refuse);
    if (file === undefined) {
      throw new ImportError('malformed_source', aboutGraph('folder_weights', { file: entry }));
    }
    for (const { dims = [] } of model.graph?.initializer ?? []) {
      parameters += (dims ?? []).reduce<number>((product, side) => product * Number(side), 1);
    }
    graphBytes += (await stat(file)).size;
  }
  return { parameters, graphBytes };
}

async function copyFiles(from: string, to: string, manifest: Manifest): Promise<void> {
  for (const file of filesOf(manifest)) {
    const target = path.join(to, file);
    await mkdir(path.dirname(target), { recursive: true });
    await copyFile(path.join(from, file), target).catch(refuse);
  }
}

function changed(
  manifest: Manifest,
  { id = manifest.id, name = manifest.name, minScore, license }: ImportOptions,
  { description, hints }: SourceFiles,
): Manifest {
  const { since: _, ...provenance } = manifest.provenance;
  return {
    ...manifest,
    id,
    name,
    minScore: { ...manifest.minScore, ...(minScore !== undefined && { default: minScore }) },
    license: { ...manifest.license, ...(license !== undefined && { spdx: license }) },
    provenance: {
      ...provenance,
      source: provenance.source || (hints?.addedFrom ?? description),
      addedAt: new Date().toISOString(),
    },
  };
}

function refuse(cause: unknown): never {
  if (cause instanceof ImportError) throw cause;
  throw new ImportError('malformed_source', aboutGraph('folder_invalid', { why: messageOf(cause) }), {
    cause,
  });
}
