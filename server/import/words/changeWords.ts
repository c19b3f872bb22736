import { createHash } from 'node:crypto';
import { copyFile, link, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { messageOf } from '../../../protocol/errors.ts';
import type { ImportReport } from '../../../protocol/models.ts';
import type { Text } from '../../../protocol/sentence.ts';
import { progress } from '../../../protocol/sentences/progress.ts';
import { aboutWords } from '../../../protocol/sentences/words.ts';
import { recordGolden } from '../../../vision/golden.ts';
import type { SingleGraphManifest } from '../../../vision/manifest.ts';
import { sha256Of } from '../../disk/sha256Of.ts';
import { readGoldens } from '../../inference/readGoldens.ts';
import { RUNTIME } from '../../inference/runtime.ts';
import { readModelFolder, verifyGraphHashes, versionOf } from '../../library/modelFolder.ts';
import { Decisions } from '../decide/decisions.ts';
import { type Deployment, deploy } from '../deploy/deploy.ts';
import type { Head } from '../deploy/heads/head.ts';
import { plainAnswer } from '../deploy/heads/plainAnswer.ts';
import { undeploy } from '../deploy/undeploy.ts';
import { writeVersion } from '../deploy/writeVersion.ts';
import { ImportError } from '../importError.ts';
import { type ModelProto, readOnnxFile } from '../onnx/onnxFile.ts';
import { openSource } from '../onnx/sourceSession.ts';
import { decodeFor, samplePictures, thumbnailOf } from '../pictures/samplePictures.ts';
import { costHere } from '../prove/costHere.ts';
import { dryRun, goldenPictures } from '../prove/dryRun.ts';
import { GOLDEN_MIN_SCORE } from '../prove/recordGoldens.ts';
import { WORDS_FILES, WordsSettings } from './settings.ts';
import { type EmbeddedWords, embedWords } from './textTower.ts';
import { openTokenizer } from './tokenizer.ts';
import { withWords } from './towers.ts';

/** What a version with other words is made of. */
export interface WordsTask {
  /** The model's folder, `models/<id>`. */
  readonly dir: string;
  /** An empty folder for the new version. */
  readonly stagingDir: string;
  readonly words: readonly string[];
}

export interface WithWords {
  readonly report: ImportReport;
  readonly manifest: SingleGraphManifest;
  /** The version that it was made of. */
  readonly from: string;
}

/**
 * Makes a version of the version that is live that looks for other words: a complete version in `stagingDir`, with goldens of its own.
 * Its text tower reads the words; the picture tower stays as it is.
 * @throws ImportError `unsupported_model`, `needs_options` that names the word
 */
export async function changeWords(
  { dir, stagingDir, words: given }: WordsTask,
  onProgress: (text: Text) => void = () => {},
): Promise<WithWords> {
  const folder = await readModelFolder(dir);
  const { manifest, version: from } = folder;
  if (manifest.schema !== 1 || manifest.words === undefined) {
    throw new ImportError('unsupported_model', aboutWords('words_fixed', { id: manifest.id }));
  }
  await verifyGraphHashes(folder);
  onProgress(aboutWords('words_read'));
  const { settings, embedded } = await readWords(dir, manifest.words, given);
  const { deployment: before, outputs } = settings;
  const labels = [...embedded.words];
  const deployment: Deployment = { ...before, head: withClasses(before.head, labels.length) };

  onProgress(progress('records_goldens'));
  const deployed = await readOnnxFile(dir, manifest.graph.file);
  const model = withWords(undeploy(deployed.model, deployment, outputs), embedded);
  const goldens = await recordGoldens(dir, manifest, model, deployment, labels);

  onProgress(progress('writes'));
  const opset = Math.max(
    ...(model.opsetImport ?? []).map(({ domain, version }) => (domain ? 0 : Number(version ?? 0))),
  );
  const graph = deploy(model, opset, deployment);
  const { file: licenseFile, ...license } = manifest.license;
  const written = await writeVersion(stagingDir, {
    manifest: {
      ...manifest,
      graph: { file: 'model.onnx', sha256: createHash('sha256').update(graph).digest('hex') },
      labels: 'labels.txt',
      license,
      words: await keepTexts(dir, stagingDir, manifest.words),
    },
    graph,
    labels,
    goldens,
    licenseFile: licenseFile === undefined ? undefined : path.join(dir, licenseFile),
  });

  onProgress(progress('compares_original'));
  const pictures = await Promise.all(
    (await samplePictures()).map(async ({ name, image }) => ({
      ...(await decodeFor(image, written.input)),
      name,
      thumbnail: await thumbnailOf(image),
    })),
  );
  const tried = await dryRun(stagingDir, written, labels, goldenPictures(goldens, written), pictures);
  const decisions = new Decisions({ labels }, {});
  decisions.choose('labels', { value: labels, how: 'inferred', why: '' });
  const report: ImportReport = {
    format: 'onnx',
    source: manifest.provenance.source,
    id: manifest.id,
    name: manifest.name,
    version: versionOf(written, labels),
    task: manifest.task,
    inputs: [
      {
        name: manifest.input.name,
        dtype: 'uint8',
        shape: ['N', manifest.input.height, manifest.input.width, 3],
      },
    ],
    outputs: outputs.map(({ name, dtype, shape }) => ({ name, dtype, shape: [...shape] })),
    opset,
    graphBytes: graph.byteLength,
    parameters: parametersOf(model),
    license: license.spdx,
    labelCount: labels.length,
    firstLabels: labels.slice(0, 5),
    prompts: [...embedded.prompts],
    decisions: decisions.list(),
    samples: tried.samples,
    warnings: [...tried.warnings],
    cost: await costHere(stagingDir),
    goldens: { count: goldens.length, recordedBy: RUNTIME, ...tried.goldens },
  };
  return { report, manifest: written, from };
}

/** What the version keeps of its text tower, and the words as that reads them. */
async function readWords(
  dir: string,
  kept: NonNullable<SingleGraphManifest['words']>,
  given: readonly string[],
): Promise<{ settings: WordsSettings; embedded: EmbeddedWords }> {
  const file = path.join(dir, kept.text.file);
  // It is what the importer wrote, which read it as a stranger's.
  const found = await sha256Of(file);
  if (found !== kept.text.sha256) {
    const why = `SHA-256 ${kept.text.sha256} expected, the file has ${found}`;
    throw new ImportError('malformed_source', aboutWords('words_bad_file', { file: kept.text.file, why }));
  }
  const read = (name: string) => readFile(path.join(dir, name), 'utf8');
  const settings = parseSettings(await read(kept.settings), kept.settings);
  const tokenizer = openTokenizer(await read(kept.tokenizer), await read(kept.tokenizerConfig));
  return { settings, embedded: await embedWords(given, file, settings.text, tokenizer) };
}

function parseSettings(text: string, file: string): WordsSettings {
  try {
    return v.parse(WordsSettings, JSON.parse(text));
  } catch (cause) {
    throw new ImportError('malformed_source', aboutWords('words_bad_file', { file, why: messageOf(cause) }), {
      cause,
    });
  }
}

const withClasses = (head: Head, classes: number): Head => ('classes' in head ? { ...head, classes } : head);

/** What the picture tower says of the golden pictures, read in plain JavaScript. */
async function recordGoldens(
  dir: string,
  manifest: SingleGraphManifest,
  model: ModelProto,
  { head, preparation, minScore, ...arrangement }: Deployment,
  labels: readonly string[],
) {
  const session = await openSource(model);
  try {
    const goldens = [];
    for await (const { picture, pixels } of readGoldens({ dir, manifest })) {
      const outputs = await session.run(pixels, arrangement, preparation);
      const answer = plainAnswer(head, outputs, { labels, minScore });
      goldens.push({
        // `goldens/1-cat.png` is of a cat.
        name: path.posix.basename(picture).replace(/^\d+-|\.\w+$/g, ''),
        image: await readFile(path.join(dir, picture)),
        expected: recordGolden(answer, { recordedBy: RUNTIME, minScore: GOLDEN_MIN_SCORE }),
      });
    }
    return goldens;
  } finally {
    await session.close();
  }
}

/** The files of the text tower in the new version. They never change, so that a second name is enough where the disk has such. */
async function keepTexts(
  dir: string,
  to: string,
  kept: NonNullable<SingleGraphManifest['words']>,
): Promise<NonNullable<SingleGraphManifest['words']>> {
  await mkdir(path.join(to, 'words'), { recursive: true });
  const keep = async (from: string, name: string) => {
    const [source, target] = [path.join(dir, from), path.join(to, name)];
    await link(source, target).catch(() => copyFile(source, target));
    return name;
  };
  return {
    text: { file: await keep(kept.text.file, WORDS_FILES.text), sha256: kept.text.sha256 },
    tokenizer: await keep(kept.tokenizer, WORDS_FILES.tokenizer),
    tokenizerConfig: await keep(kept.tokenizerConfig, WORDS_FILES.tokenizerConfig),
    settings: await keep(kept.settings, WORDS_FILES.settings),
  };
}

const parametersOf = ({ graph }: ModelProto): number =>
  (graph?.initializer ?? []).reduce(
    (sum, { dims }) => sum + (dims ?? []).reduce<number>((count, side) => count * Number(side), 1),
    0,
  );
