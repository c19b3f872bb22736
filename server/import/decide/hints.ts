import { readdir } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { ImportOptions } from '../../../protocol/models.ts';
import type { Sentence, Text } from '../../../protocol/sentence.ts';
import { reason } from '../../../protocol/sentences/decisions.ts';
import { parseYaml } from '../../../vision/labels/readLabels.ts';
import { Manifest } from '../../../vision/manifest.ts';
import { stepsOf } from '../../../vision/steps.ts';
import { type CompanionFiles, fileNames, readSmall } from '../sources/companionFiles.ts';
import { PREPROCESSING_FILES, unreadFiles } from '../sources/preprocessingFiles.ts';
import { type FixedSteps, fixedSteps } from './preprocessing/fixedSteps.ts';
import { readImageMetadata } from './preprocessing/imageMetadata.ts';
import type { PublishedPreparation } from './preprocessing/published.ts';
import { readPreprocessing } from './preprocessing/readPreprocessing.ts';
import { readRfDetrMetadata } from './rfDetrMetadata.ts';

/** What was said about a model by who made it, field by field, and where. */
export type Declared = {
  [Field in keyof ImportOptions]?: {
    value: NonNullable<ImportOptions[Field]>;
    why: Text;
    /** Nothing says it, and it is more likely than what else would be assumed. */
    how?: 'assumed';
  };
};

/** What a model and the files that came with it say. */
export interface Hints {
  declared: Declared;
  /** What these files or the metadata say about pictures that could not be read or is not kept. */
  warnings: readonly Sentence[];
  /** Recorded inputs and expected outputs that came with it, absolute paths. */
  goldens: readonly { image: string; expected: string; name: string }[];
  /** The file that holds the licence's text. */
  licenseFile: string | undefined;
}

/** `livelens.manifest` in metadata_props, as models/export writes it: how the exported graph wants its pictures. */
const ExportedManifest = v.object({
  ...v.partial(
    v.pick(ImportOptions, [
      'name',
      'task',
      'labels',
      'layout',
      'channels',
      'scale',
      'mean',
      'std',
      'fit',
      'crop',
      'resample',
      'steps',
      'activation',
      'multiLabel',
      'head',
      'anchors',
      'boxOrder',
      'license',
    ]),
  ).entries,
  recordedBy: v.optional(v.string()),
});

/**
 * Reads what stands in the model's metadata and in the files next to it, but for labels, which labels/ reads. What breaks
 * its format says nothing.
 * @param dir the folder that the model came in; files at its top count where none lies next to the model
 */
export async function readHints(
  dir: string,
  companions: CompanionFiles,
  metadata: ReadonlyMap<string, string>,
): Promise<Hints> {
  const { folder, names } = companions;
  const read = async (name: string | undefined) =>
    name === undefined ? undefined : textOf(companions.read(name));
  const find = (pattern: RegExp) => names.find((name) => pattern.test(name));
  // Repositories have their graphs in a folder `onnx`, and what goes for all of them above it.
  const above = path.resolve(folder) === path.resolve(dir) ? [] : await fileNames(dir);
  const texts = await Promise.all(
    PREPROCESSING_FILES.map(async (name) => {
      const text = names.includes(name)
        ? await read(name)
        : above.includes(name)
          ? await textOf(readSmall(path.join(dir, name)))
          : undefined;
      return [name, text && name.endsWith('.yml') ? await yamlAsJson(text) : text] as const;
    }),
  );
  const { published, warnings } = readPreprocessing(Object.fromEntries(texts));
  const image = readImageMetadata(metadata);
  const ultralytics = fromUltralytics(metadata);
  const exported = fromExport(metadata);
  const rfDetr = readRfDetrMetadata(metadata);
  // Who says later how pictures are fitted says it alone.
  const isFitted = [ultralytics, rfDetr, exported].some(({ fit }) => fit !== undefined);
  const fixed = isFitted ? undefined : published && fixedSteps(published);
  return {
    declared: {
      ...fromReadme(await read(find(/^readme\.md$/i))),
      ...(published && fromPublished(published, fixed)),
      ...declaredOf(image.values, reason('metadata')),
      ...ultralytics,
      ...rfDetr,
      ...fromManifest(parseJson(Manifest, await read(find(/^manifest\.json$/)))),
      ...exported,
    },
    warnings: [
      ...warnings,
      ...(fixed?.note === undefined ? [] : [fixed.note]),
      ...image.warnings,
      ...(published ? [] : unreadFiles(names)),
    ],
    goldens: await findGoldens(folder),
    licenseFile: find(/^(licen[cs]e|copying)(\.(txt|md))?$/i),
  };
}

/** A file that is too large, or cannot be read, is no hint. Of labels that is worth a warning: see readLabelHints.ts. */
const textOf = (content: Promise<Buffer>): Promise<string | undefined> =>
  content.then(
    (bytes) => bytes.toString('utf8'),
    () => undefined,
  );

/** What is no YAML, or holds itself, stays as it is, to be refused by who reads it. */
const yamlAsJson = (text: string): Promise<string> =>
  parseYaml(text, 'core')
    .then((value) => JSON.stringify(value) ?? '')
    .catch(() => text);

function parseJson<Schema extends v.GenericSchema>(
  schema: Schema,
  text: string | undefined,
): v.InferOutput<Schema> | undefined {
  if (text === undefined) return undefined;
  try {
    const parsed = v.safeParse(schema, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

function fromReadme(text: string | undefined): Declared {
  const license = /^---\r?\n[\s\S]*?^license:\s*([\w.+-]+)\s*$/m.exec(text ?? '')?.[1];
  return license === undefined ? {} : { license: { value: license, why: 'README.md' } };
}

function fromPublished(
  { why, scale, mean, std, channels }: PublishedPreparation,
  fixed: FixedSteps | undefined,
): Declared {
  return {
    scale: { value: scale, why },
    mean: { value: [...mean], why },
    std: { value: [...std], why },
    channels: { value: channels, why },
    ...(fixed && {
      steps: { value: [...fixed.steps], why },
      width: { value: fixed.width, why },
      height: { value: fixed.height, why },
    }),
  };
}

const ULTRALYTICS_TASKS: Readonly<Record<string, NonNullable<ImportOptions['task']>>> = {
  detect: 'object-detection',
  segment: 'instance-segmentation',
  classify: 'image-classification',
};

const ULTRALYTICS = ['stride', 'task', 'imgsz', 'author', 'batch'];

/** Ultralytics writes `names` {0: 'person'} (see labels/), `imgsz` [640, 640], `task` detect. */
function fromUltralytics(metadata: ReadonlyMap<string, string>): Declared {
  // Names alone others write, too.
  if (!metadata.has('names') || !ULTRALYTICS.some((key) => metadata.has(key))) return {};
  const why = reason('metadata');
  const declared: Declared = {};
  const task = ULTRALYTICS_TASKS[metadata.get('task') ?? ''];
  if (task) declared.task = { value: task, why };
  const [height, width = height] = (metadata.get('imgsz')?.match(/\d+/g) ?? []).map(Number);
  if (height && width) {
    declared.height = { value: height, why };
    declared.width = { value: width, why };
  }
  const license = metadata.get('license')?.match(/^[\w.-]+/)?.[0];
  if (license) declared.license = { value: license, why };
  const preparation = reason('ultralytics');
  declared.scale = { value: 1 / 255, why: preparation };
  declared.mean = { value: [0, 0, 0], why: preparation };
  declared.std = { value: [1, 1, 1], why: preparation };
  const isClassifier = task === 'image-classification';
  declared.fit = { value: isClassifier ? 'crop' : 'letterbox', why: preparation };
  declared.resample = { value: isClassifier ? 'antialiased' : 'bilinear', why: preparation };
  if (isClassifier) declared.crop = { value: 1, why: preparation };
  return declared;
}

/** A model folder of another Livelens: its graph prepares pixels itself. */
function fromManifest(manifest: Manifest | undefined): Declared {
  if (manifest === undefined) return {};
  const { name, task, multiLabel, license, minScore, input } = manifest;
  const options: ImportOptions = {
    name,
    // A model of several graphs is taken as a folder, not by this way.
    ...(task === 'text-recognition' || task === 'thing-embedding' ? {} : { task }),
    ...(multiLabel === undefined ? {} : { multiLabel }),
    license: license.spdx,
    minScore: minScore.default,
    steps: stepsOf(input),
    layout: 'NHWC',
    channels: 'RGB',
    scale: 1,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    ...(task === 'image-classification' ? { activation: 'none' } : {}),
  };
  return declaredOf(options, reason('next_to_model', { file: 'manifest.json' }));
}

const declaredOf = (options: ImportOptions, why: Text): Declared =>
  Object.fromEntries(Object.entries(options).map(([field, value]) => [field, { value, why }])) as Declared;

function fromExport(metadata: ReadonlyMap<string, string>): Declared {
  const manifest = parseJson(ExportedManifest, metadata.get('livelens.manifest'));
  if (manifest === undefined) return {};
  const { recordedBy: _, ...options } = manifest;
  return declaredOf(options, reason('export_script'));
}

async function findGoldens(folder: string): Promise<Hints['goldens']> {
  const dir = path.join(folder, 'goldens');
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  // A link could lead to any file of this machine.
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  return files
    .filter((file) => file.endsWith('.json') && files.includes(file.replace(/json$/, 'png')))
    .sort()
    .map((file) => ({
      name: file.replace(/\.json$/, ''),
      expected: path.join(dir, file),
      image: path.join(dir, file.replace(/json$/, 'png')),
    }));
}
