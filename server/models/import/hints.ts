import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { ImportOptions } from '../../../protocol/models.ts';
import { Manifest } from '../../../vision/manifest.ts';

/** What was said about a model by who made it, field by field, and where. */
export type Said = {
  [Field in keyof ImportOptions]?: { value: NonNullable<ImportOptions[Field]>; why: string };
};

/** What a model and the files that came with it say. */
export interface Hints {
  said: Said;
  /** Recorded inputs and expected outputs that came with it, absolute paths. */
  goldens: readonly { image: string; expected: string; name: string }[];
  /** The file that holds the licence's text. */
  licenseFile: string | undefined;
}

/** Files that say something are small; more is not read. */
const MAX_BYTES = 10_000_000;

const Numbers3 = v.tuple([v.number(), v.number(), v.number()]);
const Side = v.union([
  v.number(),
  v.object({
    height: v.optional(v.number()),
    width: v.optional(v.number()),
    shortest_edge: v.optional(v.number()),
  }),
]);

/** `preprocessor_config.json` of Hugging Face's image processors. */
const PreprocessorConfig = v.object({
  do_rescale: v.optional(v.boolean(), true),
  rescale_factor: v.optional(v.number(), 1 / 255),
  do_normalize: v.optional(v.boolean(), true),
  image_mean: v.nullish(Numbers3),
  image_std: v.nullish(Numbers3),
  do_center_crop: v.optional(v.boolean()),
  size: v.nullish(Side),
  crop_size: v.nullish(Side),
  crop_pct: v.nullish(v.number()),
});

/** `config.json` of Hugging Face's transformers, and of timm. */
const ModelConfig = v.object({
  architectures: v.optional(v.array(v.string()), []),
  id2label: v.optional(v.record(v.string(), v.string())),
  label_names: v.optional(v.array(v.string())),
  pretrained_cfg: v.optional(
    v.object({ mean: v.optional(Numbers3), std: v.optional(Numbers3), crop_pct: v.optional(v.number()) }),
  ),
});

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
      'activation',
      'multiLabel',
      'head',
      'license',
    ]),
  ).entries,
  recordedBy: v.optional(v.string()),
});

/** Reads what stands in the model's metadata and in the files beside it. What breaks its format says nothing. */
export async function readHints(
  dir: string,
  entry: string,
  metadata: ReadonlyMap<string, string>,
): Promise<Hints> {
  const folder = path.join(dir, path.dirname(entry));
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((file) => file.isFile())
    .map(({ name }) => name)
    .sort();
  const read = (name: string | undefined) =>
    name === undefined ? undefined : readSmall(path.join(folder, name));
  const find = (pattern: RegExp) => names.find((name) => pattern.test(name));
  const stem = path.basename(entry).replace(/\.[^.]*$/, '');

  const labelsFile =
    names.find((name) => name === `${stem}.txt` || name === `${stem}.names`) ??
    find(/^(labels?|classes|synset)(\.txt|\.names)?$/i) ??
    find(/\.names$/i);
  const labelsText = await read(labelsFile);
  return {
    said: {
      ...fromReadme(await read(find(/^readme\.md$/i))),
      ...fromModelConfig(parseJson(ModelConfig, await read(find(/^config\.json$/)))),
      ...fromPreprocessor(parseJson(PreprocessorConfig, await read(find(/^preprocessor_config\.json$/)))),
      ...fromUltralytics(metadata),
      ...(labelsText === undefined
        ? {}
        : { labels: { value: linesOf(labelsText), why: `${labelsFile} beside the model` } }),
      ...fromManifest(parseJson(Manifest, await read(find(/^manifest\.json$/)))),
      ...fromExport(metadata),
    },
    goldens: await findGoldens(folder),
    licenseFile: find(/^(licen[cs]e|copying)(\.(txt|md))?$/i),
  };
}

async function readSmall(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || found.size > MAX_BYTES) return undefined;
  return readFile(file, 'utf8');
}

export const linesOf = (text: string): string[] =>
  text
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split(/\r?\n/);

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

function fromReadme(text: string | undefined): Said {
  const license = /^---\r?\n[\s\S]*?^license:\s*([\w.+-]+)\s*$/m.exec(text ?? '')?.[1];
  return license === undefined ? {} : { license: { value: license, why: 'README.md' } };
}

function fromModelConfig(config: v.InferOutput<typeof ModelConfig> | undefined): Said {
  if (config === undefined) return {};
  const why = 'config.json';
  const said: Said = {};
  const [architecture = ''] = config.architectures;
  if (architecture.endsWith('ForImageClassification')) said.task = { value: 'image-classification', why };
  if (architecture.endsWith('ForObjectDetection')) said.task = { value: 'object-detection', why };
  // What transformers calls models without a head: Dinov2Model, CLIPVisionModelWithProjection.
  if (/(Model|WithProjection)$/.test(architecture)) said.task = { value: 'image-embedding', why };
  const labels = config.label_names ?? labelsByNumber(config.id2label);
  if (labels) said.labels = { value: labels, why };
  const { mean, std, crop_pct: crop } = config.pretrained_cfg ?? {};
  if (mean) said.mean = { value: mean, why };
  if (std) said.std = { value: std, why };
  if (crop) {
    said.crop = { value: crop, why };
    said.fit = { value: 'crop', why };
  }
  return said;
}

function labelsByNumber(byNumber: Readonly<Record<string, string>> | undefined): string[] | undefined {
  const entries = Object.entries(byNumber ?? {});
  const labels = entries.map((_, line) => byNumber?.[line]);
  if (labels.length === 0 || labels.includes(undefined)) return undefined;
  // What transformers writes where nobody named the classes.
  if (labels.every((label) => /^LABEL_\d+$/.test(label ?? ''))) return undefined;
  return labels.map((label) => label ?? '');
}

function fromPreprocessor(config: v.InferOutput<typeof PreprocessorConfig> | undefined): Said {
  if (config === undefined) return {};
  const why = 'preprocessor_config.json';
  const sides = (size: v.InferOutput<typeof Side> | null | undefined) =>
    typeof size === 'number' ? { shortest_edge: size, height: size, width: size } : (size ?? {});
  const size = sides(config.size);
  const cropSize = sides(config.crop_size);
  const said: Said = {
    scale: { value: config.do_rescale ? config.rescale_factor : 1, why },
    mean: { value: (config.do_normalize && config.image_mean) || [0, 0, 0], why },
    std: { value: (config.do_normalize && config.image_std) || [1, 1, 1], why },
    // Its pictures are scaled by PIL.
    resample: { value: 'antialiased', why },
  };
  const [width, height] = config.do_center_crop
    ? [cropSize.width, cropSize.height]
    : [size.width ?? size.shortest_edge, size.height ?? size.shortest_edge];
  if (width && height) {
    said.width = { value: width, why };
    said.height = { value: height, why };
  }
  const crop =
    config.do_center_crop && size.shortest_edge && cropSize.height
      ? cropSize.height / size.shortest_edge
      : (config.crop_pct ?? undefined);
  said.fit = { value: crop === undefined ? 'stretch' : 'crop', why };
  if (crop !== undefined) said.crop = { value: Math.min(1, Math.max(0.1, crop)), why };
  return said;
}

const ULTRALYTICS_TASKS: Readonly<Record<string, NonNullable<ImportOptions['task']>>> = {
  detect: 'object-detection',
  classify: 'image-classification',
};

/** Ultralytics writes Python literals: `names` {0: 'person', 1: "hot dog"}, `imgsz` [640, 640], `task` detect. */
function fromUltralytics(metadata: ReadonlyMap<string, string>): Said {
  const names = metadata.get('names');
  if (names === undefined) return {};
  const why = 'the metadata of the model';
  const labels = [...names.matchAll(/(\d+):\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g)].map(
    ([, number, single, double]) => [number ?? '', (single ?? double ?? '').replace(/\\(.)/g, '$1')] as const,
  );
  const said: Said = {};
  const list = labelsByNumber(Object.fromEntries(labels));
  if (list) said.labels = { value: list, why };
  const task = ULTRALYTICS_TASKS[metadata.get('task') ?? ''];
  if (task) said.task = { value: task, why };
  const [height, width = height] = (metadata.get('imgsz')?.match(/\d+/g) ?? []).map(Number);
  if (height && width) {
    said.height = { value: height, why };
    said.width = { value: width, why };
  }
  const license = metadata.get('license')?.match(/^[\w.-]+/)?.[0];
  if (license) said.license = { value: license, why };
  const preparation = 'as Ultralytics prepares pictures';
  said.scale = { value: 1 / 255, why: preparation };
  said.mean = { value: [0, 0, 0], why: preparation };
  said.std = { value: [1, 1, 1], why: preparation };
  const isClassifier = task === 'image-classification';
  said.fit = { value: isClassifier ? 'crop' : 'letterbox', why: preparation };
  said.resample = { value: isClassifier ? 'antialiased' : 'bilinear', why: preparation };
  if (isClassifier) said.crop = { value: 1, why: preparation };
  return said;
}

/** A model folder of another Livelens: its graph prepares pixels itself. */
function fromManifest(manifest: Manifest | undefined): Said {
  if (manifest === undefined) return {};
  const { name, task, multiLabel, license, minScore, input } = manifest;
  const options: ImportOptions = {
    name,
    task,
    ...(multiLabel === undefined ? {} : { multiLabel }),
    license: license.spdx,
    minScore: minScore.default,
    fit: input.fit,
    ...(input.crop === undefined ? {} : { crop: input.crop }),
    resample: input.resample ?? 'bilinear',
    layout: 'NHWC',
    channels: 'RGB',
    scale: 1,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    ...(task === 'image-classification' ? { activation: 'none' } : {}),
  };
  return saidOf(options, 'manifest.json beside the model');
}

const saidOf = (options: ImportOptions, why: string): Said =>
  Object.fromEntries(Object.entries(options).map(([field, value]) => [field, { value, why }])) as Said;

function fromExport(metadata: ReadonlyMap<string, string>): Said {
  const manifest = parseJson(ExportedManifest, metadata.get('livelens.manifest'));
  if (manifest === undefined) return {};
  const { recordedBy: _, ...options } = manifest;
  return saidOf(options, 'written by the export script');
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
